package io.earshot.sensor.decode;

import static io.earshot.sensor.decode.Frames.DST4;
import static io.earshot.sensor.decode.Frames.SRC4;
import static io.earshot.sensor.decode.Frames.fragment6;
import static io.earshot.sensor.decode.Frames.ipv4;
import static io.earshot.sensor.decode.Frames.ipv6;
import static io.earshot.sensor.decode.Frames.join;
import static io.earshot.sensor.decode.Frames.payload;
import static io.earshot.sensor.decode.Frames.udp;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** First inputs of the decoder's fuzz tests: every encapsulation, and datagrams in pieces. */
public final class FuzzFrames {
  private FuzzFrames() {}

  /** Inputs of {@code PacketDecoderFuzzTest}, by name. */
  public static Map<String, byte[]> frames() {
    Map<String, byte[]> seeds = new LinkedHashMap<>();
    Map<String, Frames.Sample> samples = new LinkedHashMap<>(Frames.everyWayToOneSegment());
    Frames.everyWayToOneDatagram().forEach((name, sample) -> samples.put(name + "-udp", sample));
    samples.forEach(
        (name, sample) -> {
          for (int i = 0; i < PacketDecoderFuzzTest.LINK_TYPES.length; i++) {
            if (PacketDecoderFuzzTest.LINK_TYPES[i] == sample.linkType()) {
              seeds.put(
                  name.replaceAll("[^A-Za-z0-9]+", "-"),
                  join(new byte[] {(byte) i, 0}, sample.frame()));
            }
          }
        });
    return seeds;
  }

  /** Inputs of {@code DefragmenterFuzzTest}, by name. */
  public static Map<String, byte[]> fragments() {
    byte[] datagram = udp(40_000, 443, payload(120));
    byte[] head = Arrays.copyOf(datagram, 64);
    byte[] tail = Arrays.copyOfRange(datagram, 64, datagram.length);
    byte[] first4 = ipv4(17, SRC4, DST4, new byte[0], 0x2000, head);
    byte[] last4 = ipv4(17, SRC4, DST4, new byte[0], 8, tail);
    byte[] first6 = ipv6(44, fragment6(17, 1, head));
    byte[] last6 = ipv6(44, fragment6(17, 64, tail));
    return Map.of(
        "ipv4", join(packet(first4), packet(last4)),
        "ipv4-turned", join(packet(last4), packet(first4)),
        "ipv4-twice", join(packet(first4), packet(first4)),
        "ipv6", join(packet(first6), packet(last6)));
  }

  private static byte[] packet(byte[] packet) {
    return join(new byte[] {(byte) (packet.length / 4), 0}, packet);
  }
}
