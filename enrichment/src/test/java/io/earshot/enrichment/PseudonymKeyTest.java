package io.earshot.enrichment;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PseudonymKeyTest {
  private static final String DIGITS =
      "1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202";
  private static final byte[] BYTES = HexFormat.of().parseHex(DIGITS);

  @TempDir Path folder;

  @Test
  void read_bytesAndDigits_areTheSameKey() throws IOException {
    PseudonymKey bytes = PseudonymKey.read(file(BYTES));
    PseudonymKey digits = PseudonymKey.read(file((DIGITS + "\n").getBytes(US_ASCII)));
    PseudonymKey capitals =
        PseudonymKey.read(file(("  " + DIGITS.toUpperCase(ROOT) + "\r\n").getBytes(US_ASCII)));

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
  void read_ofWhatIsNoKey_saysSoAndQuotesNothing(String content) throws IOException {
    Path file = file(content.getBytes(US_ASCII));

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> PseudonymKey.read(file))
        .withMessageStartingWith(file + ": ")
        .withMessageEndingWith("openssl rand -hex 32")
        .satisfies(
            e -> {
              if (content.length() > 2) {
                assertThat(e).hasMessageNotContaining(content.substring(0, 8));
                assertThat(e.getCause()).hasMessageNotContaining(content.substring(0, 8));
              }
            });
  }

  @Test
  void read_ofNoFile_saysHowToMakeOne() {
    Path missing = folder.resolve("missing");

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> PseudonymKey.read(missing))
        .withMessage(
            missing + ": there is no such file; it is to hold a key: openssl rand -hex 32");
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("key"), content);
  }
}
