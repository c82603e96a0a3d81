package io.earshot.sensor.identify.dns;

import static io.earshot.sensor.identify.dns.DnsMessages.firstName;
import static io.earshot.sensor.identify.tls.TlsHellos.concat;
import static io.earshot.sensor.identify.tls.TlsHellos.sized;
import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.identify.tls.ReassemblyBuffer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DnsTcpAssemblerTest {
  private static final long BASE = 0xffff_fff0L;

  private final List<String> owners = new ArrayList<>();
  private final DnsHandler handler =
      new DnsHandler() {
        @Override
        public void onAddress(String query, String owner, long hi, long lo, long ttlSeconds) {
          owners.add(owner);
        }

        @Override
        public void onAlias(String query, String name) {
          owners.add(name);
        }
      };
  private final DnsTcpAssembler assembler = new DnsTcpAssembler(new DnsParser());

  @Test
  void offer_manyMessagesInOddPieces_readsEach() {
    byte[] stream = {};
    for (int i = 0; i < 600; i++) {
      stream = concat(stream, message("host-" + i + ".example"));
    }
    assertThat(stream.length).isGreaterThan(2 * ReassemblyBuffer.CAPACITY);
    for (int at = 0; at < stream.length; at += 17) {
      offer(stream, at, Math.min(stream.length, at + 17));
    }

    assertThat(owners).hasSize(600).startsWith("host-0.example").endsWith("host-599.example");
  }

  @Test
  void offer_segmentsOutOfOrder_readsBoth() {
    byte[] stream = concat(message("a.example"), message("b.example"));
    assembler.begin(BASE);

    assertThat(offer(stream, 40, stream.length)).isEqualTo(DnsResult.NEED_MORE);
    assertThat(offer(stream, 0, 40)).isEqualTo(DnsResult.ANSWERS);
    assertThat(owners).containsExactly("a.example", "b.example");
  }

  @Test
  void offer_messageTooLong_isGivenUp() {
    assertThat(offer(new byte[] {(byte) 0xff, (byte) 0xff, 1}, 0, 3)).isEqualTo(DnsResult.GAVE_UP);
    assertThat(offer(message("a.example"), 0, 20)).isEqualTo(DnsResult.GAVE_UP);
  }

  @Test
  void offer_gapThatStays_isGivenUp() {
    byte[] stream = concat(message("a.example"), message("b.example"));
    assembler.begin(BASE);
    int offers = 0;
    while (offer(stream, 40, 50) == DnsResult.NEED_MORE) {
      offers++;
    }

    assertThat(offers).isEqualTo(DnsTcpAssembler.MAX_STALLED);
  }

  @Test
  void offer_otherProtocol_isGivenUp() {
    byte[] other = sized(2, new byte[5]);

    assertThat(offer(other, 0, other.length)).isEqualTo(DnsResult.GAVE_UP);
  }

  @Test
  void release_always_ignoresTheRest() {
    assembler.release();

    assertThat(offer(message("a.example"), 0, 20)).isEqualTo(DnsResult.GAVE_UP);
    assertThat(owners).isEmpty();
  }

  private static byte[] message(String name) {
    return sized(
        2, new DnsMessages().question(name).answer(firstName(), 1, 9, new byte[4]).build());
  }

  private DnsResult offer(byte[] stream, int from, int to) {
    return assembler.offer(
        (BASE + from) & 0xffff_ffffL, MemorySegment.ofArray(stream), from, to - from, handler);
  }
}
