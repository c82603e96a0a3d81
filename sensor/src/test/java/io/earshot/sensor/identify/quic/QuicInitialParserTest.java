package io.earshot.sensor.identify.quic;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Values of RFC 9001 appendix A and RFC 9369 appendix A. */
class QuicInitialParserTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] CONNECTION_ID = HEX.parseHex("8394c8f03e515708");

  /** The CRYPTO frame of RFC 9001 appendix A.2. */
  private static final byte[] CRYPTO_FRAME =
      HEX.parseHex(
          "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868"
              + "04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578"
              + "616d706c652e636f6dff01000100000a00080006001d00170018001000070005"
              + "04616c706e000500050100000000003300260024001d00209370b2c9caa47fba"
              + "baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400"
              + "0d0010000e0403050306030203080408050806002d00020101001c0002400100"
              + "3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000"
              + "75300901100f088394c8f03e51570806048000ffff");

  @Test
  void deriveKeys_version1_areThoseOfTheRfc() {
    InitialKeys keys = new QuicInitialParser().deriveKeys(QuicVersion.V1, CONNECTION_ID);

    assertThat(HEX.formatHex(keys.key().getEncoded()))
        .isEqualTo("1f369613dd76d5467730efcbe3b1a22d");
    assertThat(HEX.formatHex(keys.iv())).isEqualTo("fa044b2f42a3fd3b46fb255c");
    assertThat(HEX.formatHex(keys.headerKey().getEncoded()))
        .isEqualTo("9f50449e04a0e810283a1e9933adedd2");
  }

  @Test
  void deriveKeys_version2_areThoseOfTheRfc() {
    InitialKeys keys = new QuicInitialParser().deriveKeys(QuicVersion.V2, CONNECTION_ID);

    assertThat(HEX.formatHex(keys.key().getEncoded()))
        .isEqualTo("8b1a0bc121284290a29e0971b5cd045d");
    assertThat(HEX.formatHex(keys.iv())).isEqualTo("91f73e2351d8fa91660e909f");
    assertThat(HEX.formatHex(keys.headerKey().getEncoded()))
        .isEqualTo("45b95e15235d6f45a6b19cbcb0294ba9");
  }

  @Test
  void open_clientInitialOfVersion1_isTheFrameOfTheRfc() {
    byte[] packet = sampleInitial(QuicInitials.V1);

    assertThat(HEX.formatHex(packet))
        .startsWith(
            "c000000001088394c8f03e5157080000449e7b9aec34" + "d1b1c98dd7689fb8ec11d242b123dc9b")
        .endsWith("e221af44860018ab0856972e194cd934")
        .hasSize(2 * 1200);
    assertOpens(QuicVersion.V1, packet);
  }

  @Test
  void open_clientInitialOfVersion2_isTheFrameOfTheRfc() {
    byte[] packet = sampleInitial(QuicInitials.V2);

    assertThat(HEX.formatHex(packet))
        .startsWith(
            "d76b3343cf088394c8f03e5157080000449ea0c95e82" + "ffe67b6abcdb4298b485dd04de806071")
        .hasSize(2 * 1200);
    assertOpens(QuicVersion.V2, packet);
  }

  @Test
  void open_anyByteChanged_doesNotOpen() {
    byte[] packet = sampleInitial(QuicInitials.V1);
    QuicInitialParser parser = new QuicInitialParser();
    InitialKeys keys = parser.deriveKeys(QuicVersion.V1, CONNECTION_ID);
    for (int i = 0; i < packet.length; i += 7) {
      byte[] changed = packet.clone();
      changed[i] ^= 0x04;
      assertThat(parser.open(keys, MemorySegment.ofArray(changed), 0, 18, changed.length, -1))
          .isEqualTo(-1);
    }
    for (int length = 0; length < packet.length; length += 11) {
      assertThat(parser.open(keys, MemorySegment.ofArray(packet), 0, 18, length, -1)).isEqualTo(-1);
    }
  }

  @Test
  void packetNumber_nearTheExpected_isThatOfTheRfc() {
    // RFC 9000 appendix A.3.
    assertThat(QuicInitialParser.packetNumber(0xa82f30eaL, 0x9b32, 16)).isEqualTo(0xa82f9b32L);
    assertThat(QuicInitialParser.packetNumber(-1, 2, 8)).isEqualTo(2);
    assertThat(QuicInitialParser.packetNumber(255, 1, 8)).isEqualTo(257);
    assertThat(QuicInitialParser.packetNumber(256, 0xff, 8)).isEqualTo(255);
  }

  private static byte[] sampleInitial(int version) {
    return new QuicInitials(version, CONNECTION_ID).number(2, 4).initial(1162, CRYPTO_FRAME);
  }

  private static void assertOpens(QuicVersion version, byte[] packet) {
    QuicInitialParser parser = new QuicInitialParser();
    InitialKeys keys = parser.deriveKeys(version, CONNECTION_ID);

    assertThat(parser.open(keys, MemorySegment.ofArray(packet), 0, 18, packet.length, -1))
        .isEqualTo(1162);
    assertThat(parser.packetNumber()).isEqualTo(2);
    assertThat(Arrays.copyOf(parser.plain(), CRYPTO_FRAME.length)).isEqualTo(CRYPTO_FRAME);

    QuicHandshakeAssembler assembler = new QuicHandshakeAssembler(parser);
    assembler.offer(MemorySegment.ofArray(packet), 0, packet.length);
    assertThat(assembler.hello().serverName()).isEqualTo("example.com");
    assertThat(assembler.hello().alpn()).containsExactly("alpn");
  }
}
