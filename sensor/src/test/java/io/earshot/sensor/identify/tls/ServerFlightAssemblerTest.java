package io.earshot.sensor.identify.tls;

import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static io.earshot.sensor.identify.tls.TlsHellos.sized;
import static io.earshot.sensor.identify.tls.TlsHellos.u16s;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ServerFlightAssemblerTest {
  private static final int SEQUENCE = 0x30;
  private static final byte[] NAMED =
      certificate("common.example", "*.scdn.co", "Audio-FA.scdn.co", "bad name");

  private final ServerFlightAssembler assembler = new ServerFlightAssembler();

  @Test
  void offer_tls12WithCertificate_readsItsNames() {
    byte[] stream = records(4096, hello(0x0303, new byte[0]), certificates(NAMED));

    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.flight())
        .isEqualTo(new ServerFlight(0x0303, 0xc02f, List.of("*.scdn.co", "audio-fa.scdn.co")));
  }

  @Test
  void offer_singleBytesOverSmallRecords_readsTheNames() {
    byte[] stream = records(7, hello(0x0303, new byte[0]), certificates(NAMED));
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
        records(4096, hello(0x0302, new byte[0]), certificates(certificate("Common.example")));

    offer(assembler, stream, 0, stream.length);
    assertThat(assembler.flight().certificateNames()).containsExactly("common.example");
  }

  @Test
  void offer_tls13_needsNoCertificate() {
    byte[] chosen = concat(u16s(43), sized(2, u16s(0x0304)));
    byte[] stream = records(4096, hello(0x0303, chosen));

    assertThat(offer(assembler, stream, 0, stream.length)).isEqualTo(AssemblyResult.COMPLETE);
    assertThat(assembler.flight().version()).isEqualTo(0x0304);
    assertThat(assembler.flight().certificateNames()).isEmpty();
  }

  @Test
  void offer_resumedSession_isCompleteWithoutNames() {
    byte[] stream =
        concat(records(4096, hello(0x0303, new byte[0])), new byte[] {20, 3, 3, 0, 1, 1});

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
    byte[] stream = records(100, hello(0x0303, new byte[0]), certificates(NAMED));
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

  private static byte[] hello(int version, byte[] extensions) {
    return message(
        2,
        concat(
            u16s(version),
            new byte[32],
            sized(1, new byte[32]),
            u16s(0xc02f),
            new byte[1],
            sized(2, extensions)));
  }

  private static byte[] certificates(byte[] own) {
    return message(11, sized(3, sized(3, own)));
  }

  private static byte[] message(int type, byte[] body) {
    return concat(new byte[] {(byte) type}, sized(3, body));
  }

  private static byte[] records(int fragmentBytes, byte[]... messages) {
    byte[] all = concat(messages);
    byte[] out = {};
    for (int at = 0; at < all.length; at += fragmentBytes) {
      byte[] fragment = Arrays.copyOfRange(all, at, Math.min(all.length, at + fragmentBytes));
      out = concat(out, new byte[] {22, 3, 3}, sized(2, fragment));
    }
    return out;
  }

  private static byte[] certificate(String commonName, String... alternatives) {
    byte[] names = {};
    for (String name : alternatives) {
      names = concat(names, der(0x82, name.getBytes(StandardCharsets.US_ASCII)));
    }
    byte[] constraints =
        der(SEQUENCE, der(6, 0x55, 0x1d, 0x13), der(1, 0xff), der(4, der(SEQUENCE, new byte[0])));
    byte[] alternative = der(SEQUENCE, der(6, 0x55, 0x1d, 0x11), der(4, der(SEQUENCE, names)));
    byte[] extensions = alternatives.length == 0 ? constraints : concat(constraints, alternative);
    byte[] country = der(0x31, der(SEQUENCE, der(6, 0x55, 0x04, 0x06), der(0x13, 'S', 'E')));
    byte[] common =
        der(
            0x31,
            der(
                SEQUENCE,
                der(6, 0x55, 0x04, 0x03),
                der(0x0c, commonName.getBytes(StandardCharsets.US_ASCII))));
    byte[] tbs =
        der(
            SEQUENCE,
            der(0xa0, der(2, 2)),
            der(2, 1),
            der(SEQUENCE, new byte[0]),
            der(SEQUENCE, country),
            der(SEQUENCE, new byte[0]),
            der(SEQUENCE, country, common),
            der(SEQUENCE, new byte[300]),
            der(0xa3, der(SEQUENCE, extensions)));
    return der(SEQUENCE, tbs, der(SEQUENCE, new byte[0]));
  }

  private static byte[] der(int tag, int... content) {
    byte[] bytes = new byte[content.length];
    for (int i = 0; i < content.length; i++) {
      bytes[i] = (byte) content[i];
    }
    return der(tag, bytes);
  }

  private static byte[] der(int tag, byte[]... contents) {
    byte[] content = concat(contents);
    byte[] length =
        content.length < 0x80
            ? new byte[] {(byte) content.length}
            : new byte[] {(byte) 0x82, (byte) (content.length >> 8), (byte) content.length};
    return concat(new byte[] {(byte) tag}, length, content);
  }
}
