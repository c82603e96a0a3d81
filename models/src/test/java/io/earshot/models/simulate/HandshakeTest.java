package io.earshot.models.simulate;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class HandshakeTest {
  private static Map<Integer, byte[]> extensions(ByteBuffer hello) {
    hello.position(hello.position() + 2 + 32);
    hello.position(hello.position() + 1 + hello.get(hello.position()));
    int ciphers = hello.getShort() & 0xffff;
    hello.position(hello.position() + ciphers);
    assertThat(hello.get()).isEqualTo((byte) 1);
    assertThat(hello.get()).isZero();
    assertThat(hello.getShort() & 0xffff).isEqualTo(hello.remaining());
    Map<Integer, byte[]> found = new HashMap<>();
    while (hello.hasRemaining()) {
      int type = hello.getShort() & 0xffff;
      byte[] body = new byte[hello.getShort() & 0xffff];
      hello.get(body);
      assertThat(found.put(type, body)).isNull();
    }
    return found;
  }

  private static byte[] body(Map<Integer, byte[]> extensions, int type) {
    return extensions.getOrDefault(type, new byte[0]);
  }

  @ParameterizedTest
  @EnumSource(HelloStyle.class)
  void clientHelloRecord_everyStyle_isWellFormedAndOfItsSize(HelloStyle style) {
    for (int seed = 0; seed < 20; seed++) {
      byte[] record =
          Handshake.clientHelloRecord(
              Dice.of(seed, 1), "audio-fa.scdn.co", List.of("h2", "http/1.1"), style);
      assertThat(record).hasSizeBetween(style.low, style.high);
      ByteBuffer in = ByteBuffer.wrap(record);
      assertThat(in.get()).isEqualTo((byte) 22);
      assertThat(in.getShort()).isEqualTo((short) 0x0301);
      assertThat(in.getShort() & 0xffff).isEqualTo(in.remaining());
      assertThat(in.getInt()).isEqualTo(0x0100_0000 | in.remaining());
      Map<Integer, byte[]> extensions = extensions(in);
      assertThat(new String(body(extensions, 0), 5, 16, US_ASCII)).isEqualTo("audio-fa.scdn.co");
      assertThat(new String(body(extensions, 16), 3, 2, US_ASCII)).isEqualTo("h2");
      assertThat(body(extensions, 51).length > 1200).isEqualTo(style.postQuantum);
      assertThat(extensions).containsKeys(10, 13, 43, 45);
    }
  }

  @Test
  void serverHelloRecord_lengthsAgree() {
    ByteBuffer in = ByteBuffer.wrap(Handshake.serverHelloRecord(Dice.of(1, 1), true));
    assertThat(in.get()).isEqualTo((byte) 22);
    in.getShort();
    assertThat(in.getShort() & 0xffff).isEqualTo(in.remaining());
    assertThat(in.getInt()).isEqualTo(0x0200_0000 | in.remaining());
    in.position(in.position() + 2 + 32 + 1 + 32 + 2 + 1);
    assertThat(in.getShort() & 0xffff).isEqualTo(in.remaining());
  }

  @Test
  void nameLookup_answerWithAlias_pointsFromNameToAddress() {
    byte[] address = {1, 2, 3, 4};
    byte[] answer = NameLookup.answer(7, "a.example.org", "b.example.net", address, 60);
    ByteBuffer in = ByteBuffer.wrap(answer);
    assertThat(in.getShort()).isEqualTo((short) 7);
    assertThat(in.getShort(6)).isEqualTo((short) 2);
    in.position(12 + 15 + 4);
    assertThat(in.getShort()).isEqualTo((short) 0xc00c);
    assertThat(in.getShort()).isEqualTo((short) 5);
    in.position(in.position() + 6);
    int alias = in.getShort() & 0xffff;
    assertThat(alias).isEqualTo(15);
    in.position(in.position() + alias);
    assertThat(in.getShort()).isEqualTo((short) (0xc000 | (12 + 15 + 4 + 12)));
    assertThat(in.getShort()).isEqualTo((short) 1);
    in.position(in.position() + 6);
    assertThat(in.getShort()).isEqualTo((short) 4);
    assertThat(in.remaining()).isEqualTo(4);
  }

  /** Keys of RFC 9001, appendix A.1. */
  @Test
  void clientKey_ofTheRfcExample_isTheRfcs() throws Exception {
    HexFormat hex = HexFormat.of();
    byte[] key = QuicHello.clientSecret(hex.parseHex("8394c8f03e515708"), "quic key", 16);
    assertThat(hex.formatHex(key)).isEqualTo("1f369613dd76d5467730efcbe3b1a22d");
    byte[] protection = QuicHello.clientSecret(hex.parseHex("8394c8f03e515708"), "quic hp", 16);
    assertThat(hex.formatHex(protection)).isEqualTo("9f50449e04a0e810283a1e9933adedd2");
  }

  @Test
  void clientInitials_areFullDatagramsOfVersionOne() {
    List<byte[]> datagrams =
        QuicHello.clientInitials(Dice.of(3, 3), "audio-fa-quic.spotifycdn.com");
    assertThat(datagrams).isNotEmpty().allMatch(d -> d.length == 1200);
    assertThat(datagrams).allMatch(d -> (d[0] & 0xf0) == 0xc0 && d[4] == 1 && d[5] == 8);
  }
}
