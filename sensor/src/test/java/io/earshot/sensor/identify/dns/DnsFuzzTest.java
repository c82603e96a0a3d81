package io.earshot.sensor.identify.dns;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.earshot.sensor.identify.Pieces;
import io.earshot.sensor.identify.tls.HostNames;
import java.lang.foreign.MemorySegment;

/** Whatever comes, the DNS parsers answer, and they hand on a bounded number of names. */
class DnsFuzzTest {
  private static final DnsParser PARSER = new DnsParser();

  @FuzzTest(maxDuration = "10m")
  void message_ofAnyBytes_isAnswered(byte[] data) {
    Checking handler = new Checking();
    assertThat(PARSER.parse(MemorySegment.ofArray(data), 0, data.length, handler)).isNotNull();
    assertThat(handler.calls).isLessThanOrEqualTo(Math.max(1, data.length));
  }

  @FuzzTest(maxDuration = "10m")
  void segments_ofAnyBytes_areAnswered(byte[] data) {
    DnsTcpAssembler assembler = new DnsTcpAssembler(PARSER);
    Checking handler = new Checking();
    new Pieces(data)
        .forEach(
            (position, piece) ->
                assembler.offer(
                    0xffff_ff00L + position & 0xffff_ffffL,
                    MemorySegment.ofArray(piece),
                    0,
                    piece.length,
                    handler));
    assertThat(handler.calls).isLessThanOrEqualTo(Math.max(1, data.length));
  }

  private static final class Checking implements DnsHandler {
    private int calls;

    @Override
    public void onAddress(String query, String owner, long hi, long lo, long ttlSeconds) {
      calls++;
      assertThat(query.length()).isLessThanOrEqualTo(HostNames.MAX_BYTES);
      assertThat(ttlSeconds).isNotNegative();
    }

    @Override
    public void onAlias(String query, String name) {
      calls++;
      assertThat(name.length()).isLessThanOrEqualTo(HostNames.MAX_BYTES);
    }
  }
}
