package io.earshot.sensor.flow;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.decode.PacketView;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Flows and their identifiers as the specification's repository publishes them. */
class CommunityIdTest {
  @ParameterizedTest
  @CsvSource({
    "6, 128.232.110.120, 34855, 66.35.250.204, 80, 1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    "17, 192.168.1.52, 54585, 8.8.8.8, 53, 1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
    "6, 1.2.3.4, 1122, 5.6.7.8, 3344, 1:wCb3OG7yAFWelaUydu0D+125CLM=",
    "17, 1.2.3.4, 1122, 5.6.7.8, 3344, 1:0Mu9InQx6z4ZiCZM/7HXi2WMhOg=",
    "6, 2001:470:e5bf:dead:4957:2174:e82c:4887, 63943, 2607:f8b0:400c:c03::1a, 25,"
        + " 1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
  })
  void of_publishedFlow_isThePublishedText(
      int protocol, String a, int aPort, String b, int bPort, String expected) {
    assertThat(CommunityId.of(key(protocol, a, aPort, b, bPort))).isEqualTo(expected);
    assertThat(CommunityId.of(key(protocol, b, bPort, a, aPort))).isEqualTo(expected);
  }

  private static FlowKey key(int protocol, String client, int port, String server, int serverPort) {
    long[] c = halves(client);
    long[] s = halves(server);
    return new FlowKey(c[0], c[1], port, s[0], s[1], serverPort, protocol);
  }

  private static long[] halves(String text) {
    byte[] address = InetAddress.ofLiteral(text).getAddress();
    ByteBuffer bytes = ByteBuffer.wrap(address);
    return address.length == 4
        ? new long[] {
          PacketView.V4_MAPPED_HI, PacketView.V4_MAPPED_LO | (bytes.getInt() & 0xffff_ffffL)
        }
        : new long[] {bytes.getLong(), bytes.getLong()};
  }
}
