package io.earshot.sensor.identify.tls;

import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static io.earshot.sensor.identify.tls.TlsHellos.sized;
import static io.earshot.sensor.identify.tls.TlsHellos.u16s;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ServerFlightAssemblerTest {
  private static final byte[] NAMED =
      ServerFlights.certificate("common.example", "*.scdn.co", "Audio-FA.scdn.co", "bad name");

  private final ServerFlightAssembler assembler = new ServerFlightAssembler();

  @Test
  void offer_tls12WithCertificate_readsItsNames() {
    byte[] stream =
        ServerFlights.records(
            4096, ServerFlights.hello(0x0303, new byte[0]), ServerFlights.certificates(NAMED));

    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.flight())
        .isEqualTo(new ServerFlight(0x0303, 0xc02f, List.of("*.scdn.co", "audio-fa.scdn.co")));
  }

  @Test
  void offer_singleBytesOverSmallRecords_readsTheNames() {
    byte[] stream =
        ServerFlights.records(
            7, ServerFlights.hello(0x0303, new byte[0]), ServerFlights.certificates(NAMED));
    int decidedAt = -1;
    for (int i = 0; i < stream.length && decidedAt < 0; i++) {
      if (offer(assembler, stream, i, i + 1) == AssemblyResult.COMPLETE) {
        decidedAt = i;
      }
    }

    assertThat(assembler.flight().certificateNames()).hasSize(2);
    assertThat(decidedAt).isEqualTo(stream.length - 1);
  }

  @Test
  void offer_noAlternativeNames_usesTheCommonName() {
    byte[] stream =
        ServerFlights.records(
            4096,
            ServerFlights.hello(0x0302, new byte[0]),
            ServerFlights.certificates(ServerFlights.certificate("Common.example")));

    offer(assembler, stream, 0, stream.length);
    assertThat(assembler.flight().certificateNames()).containsExactly("common.example");
  }

  @Test
  void offer_tls13_needsNoCertificate() {
    byte[] chosen = concat(u16s(43), sized(2, u16s(0x0304)));
    byte[] stream = ServerFlights.records(4096, ServerFlights.hello(0x0303, chosen));

    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.flight().version()).isEqualTo(0x0304);
    assertThat(assembler.flight().certificateNames()).isEmpty();
  }

  @Test
  void offer_resumedSession_isCompleteWithoutNames() {
    byte[] stream =
        concat(
            ServerFlights.records(4096, ServerFlights.hello(0x0303, new byte[0])),
            new byte[] {20, 3, 3, 0, 1, 1});

    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.flight().certificateNames()).isEmpty();
  }

  @Test
  void offer_clientHello_isNotTls() {
    byte[] stream = new TlsHellos().serverName("a.example").record();

    assertThat(ServerFlightAssembler.startsFlight(MemorySegment.ofArray(stream), 0, 9)).isFalse();
    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.NOT_TLS);
  }

  @Test
  void offer_changedBytes_keepNamesClean() {
    Random random = new Random(7);
    byte[] stream =
        ServerFlights.records(
            100, ServerFlights.hello(0x0303, new byte[0]), ServerFlights.certificates(NAMED));
    int complete = 0;
    for (int round = 0; round < 20_000; round++) {
      byte[] changed = stream.clone();
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        changed[random.nextInt(changed.length)] =
            switch (random.nextInt(3)) {
              case 0 -> 0;
              case 1 -> (byte) 0xff;
              default -> (byte) random.nextInt();
            };
      }
      ServerFlightAssembler fresh = new ServerFlightAssembler();
      if (offer(fresh, changed, 0, changed.length) == AssemblyResult.COMPLETE) {
        complete++;
        assertThat(fresh.flight().certificateNames())
            .allMatch(name -> name.matches("(\\*\\.)?[a-z0-9._-]{1,255}"));
      }
    }
    assertThat(complete).isPositive();
  }

  @Test
  void of_certificateTruncatedAtEveryOffset_hasNoNames() {
    for (int length = 0; length < NAMED.length; length++) {
      assertThat(CertificateNames.of(Arrays.copyOf(NAMED, length), 0, length)).isEmpty();
    }
  }

  private static AssemblyResult offer(
      ServerFlightAssembler assembler, byte[] stream, int from, int to) {
    return assembler.offer(1000 + from, MemorySegment.ofArray(stream), from, to - from);
  }
}
