package io.earshot.enrichment;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class AddressPseudonymsTest {
  /** The key in sample.cpp of Crypto-PAn 1.0. */
  private static final PseudonymKey SAMPLE_KEY =
      new PseudonymKey(
          HexFormat.of()
              .parseHex("1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202"));

  /**
   * Every address of sample_trace_raw.dat in Crypto-PAn 1.0 and what it is in
   * sample_trace_sanitized.dat, as the Go package Yawning/cryptopan quotes them.
   */
  private static final String SAMPLE_TRACE =
      """
      128.11.68.132 135.242.180.132
      129.118.74.4 134.136.186.123
      130.132.252.244 133.68.164.234
      141.223.7.43 141.167.8.160
      141.233.145.108 141.129.237.235
      152.163.225.39 151.140.114.167
      156.29.3.236 147.225.12.42
      165.247.96.84 162.9.99.234
      166.107.77.190 160.132.178.185
      192.102.249.13 252.138.62.131
      192.215.32.125 252.43.47.189
      192.233.80.103 252.25.108.8
      192.41.57.43 252.222.221.184
      193.150.244.223 253.169.52.216
      195.205.63.100 255.186.223.5
      198.200.171.101 249.199.68.213
      198.26.132.101 249.36.123.202
      198.36.213.5 249.7.21.132
      198.51.77.238 249.18.186.254
      199.217.79.101 248.38.184.213
      202.49.198.20 245.206.7.234
      203.12.160.252 244.248.163.4
      204.184.162.189 243.192.77.90
      204.202.136.230 243.178.4.198
      204.29.20.4 243.33.20.123
      205.178.38.67 242.108.198.51
      205.188.147.153 242.96.16.101
      205.188.248.25 242.96.88.27
      205.245.121.43 242.21.121.163
      207.105.49.5 241.118.205.138
      207.135.65.238 241.202.129.222
      207.155.9.214 241.220.250.22
      207.188.7.45 241.255.249.220
      207.25.71.27 241.33.119.156
      207.33.151.131 241.1.233.131
      208.147.89.59 227.237.98.191
      208.234.120.210 227.154.67.17
      208.28.185.184 227.39.94.90
      208.52.56.122 227.8.63.165
      209.12.231.7 226.243.167.8
      209.238.72.3 226.6.119.243
      209.246.74.109 226.22.124.76
      209.68.60.238 226.184.220.233
      209.85.249.6 226.170.70.6
      212.120.124.31 228.135.163.231
      212.146.8.236 228.19.4.234
      212.186.227.154 228.59.98.98
      212.204.172.118 228.71.195.169
      212.206.130.201 228.69.242.193
      216.148.237.145 235.84.194.111
      216.157.30.252 235.89.31.26
      216.184.159.48 235.96.225.78
      216.227.10.221 235.28.253.36
      216.254.18.172 235.7.16.162
      216.32.132.250 235.192.139.38
      216.35.217.178 235.195.157.81
      24.0.250.221 100.15.198.226
      24.13.62.231 100.2.192.247
      24.14.213.138 100.1.42.141
      24.5.0.80 100.9.15.210
      24.7.198.88 100.10.6.25
      24.94.26.44 100.88.228.35
      38.15.67.68 64.3.66.187
      4.3.88.225 124.60.155.63
      63.14.55.111 95.9.215.7
      63.195.241.44 95.179.238.44
      63.97.7.140 95.97.9.123
      64.14.118.196 0.255.183.58
      64.34.154.117 0.221.154.117
      64.39.15.238 0.219.7.41
      """;

  /** From the tests of the Go package; two ports in Rust have the same. */
  private static final String IPV6 =
      """
      ::1 78ff:f001:9fc0:20df:8380:b1f1:704:ed
      ::2 78ff:f001:9fc0:20df:8380:b1f1:704:ef
      ::ffff 78ff:f001:9fc0:20df:8380:b1f1:704:f838
      2001:db8::1 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1e
      2001:db8::2 4401:2bc:603f:d91d:27f:ff8e:e6f1:dc1c
      """;

  private final AddressPseudonyms pseudonyms = new AddressPseudonyms(SAMPLE_KEY);

  @Test
  void of_theSampleTrace_isWhatItsAuthorsGot() {
    assertThat(SAMPLE_TRACE.lines()).hasSize(70).allSatisfy(this::assertVector);
  }

  @Test
  void of_ipv6_isWhatOthersGet() {
    assertThat(IPV6.lines()).hasSize(5).allSatisfy(this::assertVector);
  }

  @Test
  void of_twoIpv4Addresses_sharesAsManyBitsAsTheyDo() {
    assertPrefixesKept(4);
  }

  @Test
  void of_twoIpv6Addresses_sharesAsManyBitsAsTheyDo() {
    assertPrefixesKept(16);
  }

  @Test
  void of_aWholeNetwork_isAWholeNetwork() throws UnknownHostException {
    Set<InetAddress> found = new HashSet<>();
    for (int host = 0; host < 256; host++) {
      found.add(pseudonyms.of(InetAddress.getByAddress(new byte[] {10, 1, 2, (byte) host})));
    }

    assertThat(found).hasSize(256);
    assertThat(found.stream().map(each -> List.of(each.getAddress()[0], each.getAddress()[1])))
        .containsOnly(
            List.of(
                pseudonyms.of(InetAddress.ofLiteral("10.1.2.3")).getAddress()[0],
                pseudonyms.of(InetAddress.ofLiteral("10.1.2.3")).getAddress()[1]));
  }

  @Test
  void of_anotherKey_isAnotherPseudonym() {
    byte[] other = HexFormat.of().parseHex("000102030405060708090a0b0c0d0e0f".repeat(2));
    InetAddress address = InetAddress.ofLiteral("192.0.2.1");

    assertThat(new AddressPseudonyms(new PseudonymKey(other)).of(address))
        .isNotEqualTo(pseudonyms.of(address));
  }

  @Test
  void of_moreAddressesThanAreKept_staysBoundedAndTheSame() {
    InetAddress first = InetAddress.ofLiteral("10.0.0.0");
    InetAddress before = pseudonyms.of(first);
    for (int i = 1; i <= 10_000; i++) {
      pseudonyms.of(InetAddress.ofLiteral("10.0." + (i >> 8) + "." + (i & 0xff)));
    }

    assertThat(pseudonyms.kept()).isEqualTo(8192);
    assertThat(pseudonyms.of(first)).isEqualTo(before);
  }

  @Test
  void of_anAddressWithAScope_namesNoInterface() throws UnknownHostException {
    byte[] linkLocal = InetAddress.ofLiteral("fe80::1").getAddress();
    InetAddress scoped = Inet6Address.getByAddress(null, linkLocal, 3);

    Inet6Address pseudonym = (Inet6Address) pseudonyms.of(scoped);

    assertThat(pseudonym.getScopeId()).isZero();
    assertThat(pseudonym).isEqualTo(pseudonyms.of(InetAddress.ofLiteral("fe80::1")));
  }

  private void assertVector(String vector) {
    String[] pair = vector.split(" ", -1);
    assertThat(pseudonyms.of(InetAddress.ofLiteral(pair[0])))
        .as(pair[0])
        .isEqualTo(InetAddress.ofLiteral(pair[1]));
  }

  private void assertPrefixesKept(int octets) {
    Random random = new Random(7);
    byte[] one = new byte[octets];
    for (int i = 0; i < 500; i++) {
      random.nextBytes(one);
      int shared = random.nextInt(octets * 8);
      BigInteger otherBits =
          new BigInteger(1, one)
              .flipBit(octets * 8 - 1 - shared)
              .xor(new BigInteger(octets * 8 - 1 - shared, random));
      byte[] other = padded(otherBits, octets);

      assertThat(sharedBits(of(one), of(other))).isEqualTo(shared);
    }
  }

  private byte[] of(byte[] address) {
    try {
      // Of a fresh object: the table of what was asked before shall not answer.
      return new AddressPseudonyms(SAMPLE_KEY).of(InetAddress.getByAddress(address)).getAddress();
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private static int sharedBits(byte[] one, byte[] other) {
    BigInteger difference = new BigInteger(1, one).xor(new BigInteger(1, other));
    return one.length * 8 - difference.bitLength();
  }

  private static byte[] padded(BigInteger value, int octets) {
    byte[] result = new byte[octets];
    for (int i = 0; i < octets; i++) {
      result[octets - 1 - i] = value.shiftRight(8 * i).byteValue();
    }
    return result;
  }
}
