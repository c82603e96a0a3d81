package io.earshot.sensor.document;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTextTest {
  /** The examples of RFC 5952 section 4, and both addresses' extremes. */
  @ParameterizedTest
  @CsvSource({
    "c0000211, 192.0.2.17",
    "ffffffff, 255.255.255.255",
    "00000000000000000000000000000000, ::",
    "00000000000000000000000000000001, ::1",
    "20010db8000000000000000000000000, 2001:db8::",
    "20010db8000000000000000000020001, 2001:db8::2:1",
    "20010db8000000010001000100010001, 2001:db8:0:1:1:1:1:1",
    "20010000000000010000000000000001, 2001:0:0:1::1",
    "20010db8000000000001000000000001, 2001:db8::1:0:0:1",
    "20010db80aaabbbbccccddddeeee0aaa, 2001:db8:aaa:bbbb:cccc:dddd:eeee:aaa",
    "00000000000000000000ffffc0000211, 192.0.2.17",
    "ffffffffffffffffffffffffffffffff, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"
  })
  void of_address_isTheOneSpelling(String octets, String text) throws Exception {
    InetAddress address = InetAddress.getByAddress(HexFormat.of().parseHex(octets));

    assertThat(AddressText.of(address)).isEqualTo(text);
  }
}
