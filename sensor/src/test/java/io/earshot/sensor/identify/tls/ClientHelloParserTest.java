package io.earshot.sensor.identify.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ClientHelloParserTest {
  private static final TlsHellos FULL =
      new TlsHellos()
          .cipherSuites(0x1a1a, 0x1301, 0x1302)
          .extension(0x2a2a, new byte[0])
          .serverName("Audio-FA.scdn.co.")
          .alpn("h2", "http/1.1")
          .supportedVersions(0x3a3a, 0x0304, 0x0303)
          .signatureAlgorithms(0x0403, 0x0804);

  @Test
  void parse_fullHello_readsEveryField() {
    ClientHello hello = parsed(FULL.body());

    assertThat(hello.serverName()).isEqualTo("audio-fa.scdn.co");
    assertThat(hello.serverNameInvalid()).isFalse();
    assertThat(hello.alpn()).containsExactly("h2", "http/1.1");
    assertThat(hello.legacyVersion()).isEqualTo(0x0303);
    assertThat(hello.supportedVersions()).containsExactly(0x3a3a, 0x0304, 0x0303);
    assertThat(hello.cipherSuites()).containsExactly(0x1a1a, 0x1301, 0x1302);
    assertThat(hello.extensions()).containsExactly(0x2a2a, 0, 16, 43, 13);
    assertThat(hello.signatureAlgorithms()).containsExactly(0x0403, 0x0804);
    assertThat(hello.echOffered()).isFalse();
  }

  @Test
  void parse_noExtensionBlock_hasNoName() {
    ClientHello hello = parsed(new TlsHellos().legacyVersion(0x0301).withoutExtensions().body());

    assertThat(hello.serverName()).isNull();
    assertThat(hello.serverNameInvalid()).isFalse();
    assertThat(hello.legacyVersion()).isEqualTo(0x0301);
    assertThat(hello.extensions()).isEmpty();
  }

  @Test
  void parse_encryptedHello_isFlagged() {
    assertThat(parsed(new TlsHellos().extension(TlsHellos.ECH, new byte[40]).body()).echOffered())
        .isTrue();
    assertThat(parsed(new TlsHellos().extension(0xffce, new byte[40]).body()).echOffered())
        .isTrue();
  }

  @Test
  void parse_namesThatAreNoHostNames_areCountedAndLeftOut() {
    for (String name :
        new String[] {"", ".", "a b", "a..b", "a/b", "x\u0000y", ".a", "\u00e9.fr"}) {
      ClientHello hello = parsed(new TlsHellos().serverName(name).body());

      assertThat(hello.serverName()).as(name).isNull();
      assertThat(hello.serverNameInvalid()).as(name).isTrue();
    }
    assertThat(parsed(new TlsHellos().serverName("a".repeat(256)).body()).serverName()).isNull();
    assertThat(parsed(new TlsHellos().serverName("a".repeat(255)).body()).serverName())
        .hasSize(255);
    assertThat(parsed(new TlsHellos().serverName("_x-1.example").body()).serverName())
        .isEqualTo("_x-1.example");
  }

  @Test
  void parse_secondServerNameExtension_isIgnored() {
    ClientHello hello =
        parsed(new TlsHellos().serverName("a.example").serverName("b.example").body());

    assertThat(hello.serverName()).isEqualTo("a.example");
  }

  @Test
  void parse_serverNameExtensionThatLies_hasNoName() {
    byte[] listTooLong = {0, 9, 0, 0, 1, 'a'};
    byte[] nameTooLong = {0, 4, 0, 0, 9, 'a'};

    assertThat(parsed(new TlsHellos().extension(0, listTooLong).body()).serverNameInvalid())
        .isTrue();
    assertThat(parsed(new TlsHellos().extension(0, nameTooLong).body()).serverNameInvalid())
        .isTrue();
    assertThat(parsed(new TlsHellos().extension(0, new byte[0]).body()).serverNameInvalid())
        .isFalse();
  }

  @Test
  void parse_truncatedAtEveryOffset_neverYieldsAnotherName() {
    byte[] body = FULL.body();
    int withoutExtensions = FULL.withoutExtensionsLength();
    for (int length = 0; length < body.length; length++) {
      HelloResult result = ClientHelloParser.parse(Arrays.copyOf(body, length), 0, length);
      if (length == withoutExtensions) {
        assertThat(result).isInstanceOf(HelloResult.Parsed.class);
      } else {
        assertThat(result).as("cut at %d", length).isEqualTo(HelloResult.Failure.TRUNCATED);
      }
    }
  }

  @Test
  void parsePrefix_nameIsThere_isPartial() {
    byte[] body = FULL.body();
    int nameEnd = new String(body, StandardCharsets.ISO_8859_1).indexOf("scdn.co.") + 8;
    for (int length = 0; length <= body.length; length++) {
      HelloResult result = ClientHelloParser.parsePrefix(Arrays.copyOf(body, length), 0, length);
      if (length < nameEnd) {
        assertThat(result).as("cut at %d", length).isEqualTo(HelloResult.Failure.TRUNCATED);
      } else {
        ClientHello hello = ((HelloResult.Parsed) result).hello();
        assertThat(hello.serverName()).isEqualTo("audio-fa.scdn.co");
        assertThat(hello.partial()).isTrue();
      }
    }
  }

  @Test
  void parse_emptyOrOddLists_areAccepted() {
    byte[] oneByteSuites = new TlsHellos().cipherSuites(0x1301).serverName("a.example").body();
    oneByteSuites[68] = 3;
    byte[] shifted = new byte[oneByteSuites.length + 1];
    System.arraycopy(oneByteSuites, 0, shifted, 0, 71);
    System.arraycopy(oneByteSuites, 71, shifted, 72, oneByteSuites.length - 71);

    assertThat(parsed(shifted).serverName()).isEqualTo("a.example");
    assertThat(parsed(new TlsHellos().cipherSuites().serverName("a.example").body()).serverName())
        .isEqualTo("a.example");
  }

  @Test
  void parse_everyByteAtItsExtremes_neverThrows() {
    byte[] body = FULL.body();
    for (int i = 0; i < body.length; i++) {
      for (int value : new int[] {0, 1, 0x7f, 0xff}) {
        byte[] changed = body.clone();
        changed[i] = (byte) value;
        if (i + 1 < body.length && value == 0xff) {
          changed[i + 1] = (byte) value;
        }
        assertNameOrNothing(changed);
      }
    }
  }

  @Test
  void parse_randomChanges_neverThrow() {
    Random random = new Random(1);
    byte[] body = FULL.body();
    for (int round = 0; round < 20_000; round++) {
      byte[] changed = Arrays.copyOf(body, 1 + random.nextInt(body.length));
      for (int i = random.nextInt(6); i > 0; i--) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      assertNameOrNothing(changed);
    }
  }

  @Test
  void parse_badBounds_isTruncated() {
    assertThat(ClientHelloParser.parse(new byte[4], 2, 3)).isEqualTo(HelloResult.Failure.TRUNCATED);
    assertThat(ClientHelloParser.parse(new byte[4], -1, 3))
        .isEqualTo(HelloResult.Failure.TRUNCATED);
    assertThat(ClientHelloParser.parse(new byte[4], 0, -1))
        .isEqualTo(HelloResult.Failure.TRUNCATED);
    assertThat(ClientHelloParser.parse(new byte[4], 5, Integer.MAX_VALUE))
        .isEqualTo(HelloResult.Failure.TRUNCATED);
  }

  @Test
  void parse_valuesNoClientSends_areMalformed() {
    byte[] version = FULL.body();
    version[0] = 2;
    byte[] session = FULL.body();
    session[34] = 33;
    for (byte[] body : new byte[][] {version, session}) {
      assertThat(ClientHelloParser.parse(body, 0, body.length))
          .isEqualTo(HelloResult.Failure.MALFORMED);
    }
  }

  @Test
  void parse_listsWithoutEnd_areCut() {
    TlsHellos hellos = new TlsHellos();
    for (int i = 0; i < 1000; i++) {
      hellos.extension(0x5000 + i, new byte[0]);
    }
    hellos.serverName("late.example");

    ClientHello hello = parsed(hellos.cipherSuites(new int[2000]).body());

    assertThat(hello.extensions()).hasSize(ClientHelloParser.MAX_LISTED);
    assertThat(hello.cipherSuites()).hasSize(ClientHelloParser.MAX_LISTED);
    assertThat(hello.serverName()).isEqualTo("late.example");
  }

  private static ClientHello parsed(byte[] body) {
    HelloResult result = ClientHelloParser.parse(body, 0, body.length);
    assertThat(result).isInstanceOf(HelloResult.Parsed.class);
    return ((HelloResult.Parsed) result).hello();
  }

  private static void assertNameOrNothing(byte[] body) {
    HelloResult result = assertDoesNotThrow(() -> ClientHelloParser.parse(body, 0, body.length));
    if (result instanceof HelloResult.Parsed(ClientHello hello) && hello.serverName() != null) {
      String name = hello.serverName();
      assertThat(name).matches("[a-z0-9._-]{1,255}").isEqualTo(name.toLowerCase(Locale.ROOT));
    }
  }
}
