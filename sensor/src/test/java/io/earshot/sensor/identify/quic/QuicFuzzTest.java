package io.earshot.sensor.identify.quic;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.earshot.sensor.identify.Pieces;
import io.earshot.sensor.identify.tls.AssemblyResult;
import java.lang.foreign.MemorySegment;

/** Whatever comes, the QUIC parser answers: outside and inside of the protection. */
class QuicFuzzTest {
  private static final QuicInitialParser PARSER = new QuicInitialParser();
  private static final byte[] CONNECTION_ID = {1, 2, 3, 4, 5, 6, 7, 8};

  @FuzzTest(maxDuration = "10m")
  void datagrams_ofAnyBytes_areAnswered(byte[] data) {
    QuicHandshakeAssembler assembler = new QuicHandshakeAssembler(PARSER);
    new Pieces(data)
        .forEach(
            (position, piece) -> {
              MemorySegment datagram = MemorySegment.ofArray(piece);
              QuicHandshakeAssembler.startsQuic(datagram, 0, piece.length);
              QuicHandshakeAssembler.isUnsupported(datagram, 0, piece.length);
              assembler.offer(datagram, 0, piece.length);
            });
    assertThat(assembler.endOfData()).isNotEqualTo(AssemblyResult.NEED_MORE);
  }

  /** The fuzzer has no keys: the test seals its bytes as a client would. */
  @FuzzTest(maxDuration = "10m")
  void frames_ofAnyBytes_areAnswered(byte[] data) {
    QuicInitials client = new QuicInitials(QuicInitials.V1, CONNECTION_ID);
    QuicHandshakeAssembler assembler = new QuicHandshakeAssembler(PARSER);
    new Pieces(data)
        .forEach(
            (position, piece) -> {
              byte[] datagram = client.initial(32, piece);
              assembler.offer(MemorySegment.ofArray(datagram), 0, datagram.length);
            });
    assertThat(assembler.endOfData()).isNotEqualTo(AssemblyResult.NEED_MORE);
  }
}
