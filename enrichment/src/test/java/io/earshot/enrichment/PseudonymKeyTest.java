package io.earshot.enrichment;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.net.InetAddress;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PseudonymKeyTest {
  private static final String DIGITS =
      "1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202";
  private static final byte[] BYTES = HexFormat.of().parseHex(DIGITS);

  @Test
  void of_digitsWithWhiteSpaceOrCapitals_isTheKeyOfTheirBytes() {
    PseudonymKey bytes = new PseudonymKey(BYTES);
    PseudonymKey digits = PseudonymKey.of(DIGITS + "\n");
    PseudonymKey capitals = PseudonymKey.of("  " + DIGITS.toUpperCase(ROOT) + "\r\n");

    InetAddress address = InetAddress.ofLiteral("128.11.68.132");
    assertThat(bytes.id()).isEqualTo(digits.id()).isEqualTo(capitals.id());
    assertThat(new AddressPseudonyms(bytes).of(address))
        .isEqualTo(new AddressPseudonyms(digits).of(address))
        .isEqualTo(InetAddress.ofLiteral("135.242.180.132"));
  }

  @Test
  void id_namesTheKeyAndIsNoPartOfIt() {
    PseudonymKey key = new PseudonymKey(BYTES);
    byte[] other = BYTES.clone();
    other[31] ^= 1;

    assertThat(key.id()).matches("[0-9a-f]{8}").isNotEqualTo(new PseudonymKey(other).id());
    assertThat(DIGITS).doesNotContain(key.id());
    assertThat(key).hasToString("PseudonymKey[" + key.id() + "]");
  }

  @Test
  void constructor_keepsNoArrayOfTheCaller() {
    byte[] mine = BYTES.clone();
    PseudonymKey key = new PseudonymKey(mine);
    mine[0] = 0;
    key.cipherKey()[1] = 0;

    assertThat(key.cipherKey()).startsWith(0x15, 0x22);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1522178d",
        DIGITS + "00",
        "zz22178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "a longer text that is neither bytes nor digits, whatever it may be that it says to us"
      })
  void of_whatIsNoKey_saysHowToMakeOneAndQuotesNothing(String content) {
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> PseudonymKey.of(content))
        .withMessageEndingWith("openssl rand -hex 32")
        .satisfies(
            e -> {
              if (content.length() > 2) {
                assertThat(e).hasMessageNotContaining(content.substring(0, 8));
                assertThat(e.getCause()).hasMessageNotContaining(content.substring(0, 8));
              }
            });
  }
}
