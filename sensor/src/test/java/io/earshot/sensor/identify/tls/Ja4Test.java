package io.earshot.sensor.identify.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class Ja4Test {
  /** The example of the definition: Chrome, GREASE put back in, extensions in another order. */
  private static final ClientHello CHROME =
      hello(
          List.of("h2", "http/1.1"),
          List.of(0x5a5a, 0x0304, 0x0303),
          List.of(
              0x4a4a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8,
              0xc013, 0xc014, 0x009c, 0x009d, 0x002f, 0x0035),
          List.of(
              0x2a2a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005,
              0x0023, 0x0012, 0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x1a1a),
          List.of(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601));

  @Test
  void of_exampleOfTheDefinition_isItsFingerprint() {
    assertThat(Ja4.of(CHROME, false)).isEqualTo("t13d1516h2_8daaf6152771_e5627efa2ab1");
    assertThat(Ja4.of(CHROME, true)).startsWith("q13d1516h2_");
  }

  @Test
  void of_emptyHello_hasZeroHashes() {
    assertThat(Ja4.of(hello(List.of(), List.of(), List.of(), List.of(), List.of()), false))
        .isEqualTo("t12i000000_000000000000_000000000000");
  }

  @Test
  void of_protocolThatIsNoText_isWrittenInHex() {
    assertThat(alpnPart("\u00ab")).isEqualTo("ab");
    assertThat(alpnPart("0\u00ab")).isEqualTo("3b");
    assertThat(alpnPart("x")).isEqualTo("xx");
    assertThat(alpnPart("http/1.1")).isEqualTo("h1");
    assertThat(alpnPart("")).isEqualTo("00");
  }

  private static String alpnPart(String protocol) {
    return Ja4.of(hello(List.of(protocol), List.of(), List.of(), List.of(), List.of()), false)
        .substring(8, 10);
  }

  private static ClientHello hello(
      List<String> alpn,
      List<Integer> versions,
      List<Integer> suites,
      List<Integer> extensions,
      List<Integer> algorithms) {
    return new ClientHello(
        null, false, alpn, 0x0303, versions, false, suites, extensions, algorithms, false);
  }
}
