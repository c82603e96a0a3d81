package io.earshot.sensor.identify.tls;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.earshot.sensor.identify.Pieces;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Whatever comes, the TLS parsers answer, and what they call a name is one. */
class TlsFuzzTest {
  private static final long SEQ = 0xffff_ff00L;

  @FuzzTest(maxDuration = "10m")
  void clientHello_ofAnyBytes_isAnswered(byte[] data) {
    check(ClientHelloParser.parse(data, 0, data.length));
    check(ClientHelloParser.parsePrefix(data, 0, data.length));
  }

  private static void check(HelloResult result) {
    if (result instanceof HelloResult.Parsed(ClientHello hello)) {
      checkHello(hello);
    }
  }

  private static void checkHello(ClientHello hello) {
    if (hello.serverName() != null) {
      byte[] name = hello.serverName().getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
      assertThat(HostNames.normalize(MemorySegment.ofArray(name), 0, name.length))
          .isEqualTo(hello.serverName());
    }
    assertThat(Ja4.of(hello, false)).hasSize(36);
    assertThat(hello.extensions()).hasSizeLessThanOrEqualTo(ClientHelloParser.MAX_LISTED);
  }

  @FuzzTest(maxDuration = "10m")
  void clientSegments_ofAnyBytes_areAnswered(byte[] data) {
    HandshakeAssembler assembler = new HandshakeAssembler();
    new Pieces(data)
        .forEach(
            (position, piece) -> {
              MemorySegment segment = MemorySegment.ofArray(piece);
              HandshakeAssembler.startsHello(segment, 0, piece.length);
              assembler.offer(SEQ + position & 0xffff_ffffL, segment, 0, piece.length);
            });
    if (assembler.endOfData() == AssemblyResult.COMPLETE) {
      checkHello(assembler.hello());
      assertThat(assembler.consumedBytes()).isPositive();
    }
  }

  @FuzzTest(maxDuration = "10m")
  void serverSegments_ofAnyBytes_areAnswered(byte[] data) {
    ServerFlightAssembler assembler = new ServerFlightAssembler();
    new Pieces(data)
        .forEach(
            (position, piece) -> {
              MemorySegment segment = MemorySegment.ofArray(piece);
              ServerFlightAssembler.startsFlight(segment, 0, piece.length);
              assembler.offer(SEQ + position & 0xffff_ffffL, segment, 0, piece.length);
            });
    if (assembler.result() == AssemblyResult.COMPLETE) {
      checkNames(assembler.flight().certificateNames());
    }
  }

  @FuzzTest(maxDuration = "10m")
  void certificate_ofAnyBytes_isAnswered(byte[] data) {
    checkNames(CertificateNames.of(data, 0, data.length));
  }

  private static void checkNames(List<String> names) {
    assertThat(names)
        .hasSizeLessThanOrEqualTo(CertificateNames.MAX_NAMES)
        .allMatch(name -> name.length() <= HostNames.MAX_BYTES + 2);
  }
}
