package io.earshot.models.simulate;

import java.util.HashMap;
import java.util.Map;

/**
 * Names and addresses of the servers one session talks to.
 *
 * <p>Pools as observed: control in Google's network, audio on Fastly with the pool in the last
 * octet, images and web audio on Akamai.
 */
final class Servers {
  private final Dice dice;
  private final boolean ipv6;
  private final Map<String, Host> known = new HashMap<>();

  Servers(Dice dice, boolean ipv6) {
    this.dice = dice;
    this.ipv6 = ipv6;
  }

  /** The canonical name that look-ups of this host pass through. */
  static String alias(String name) {
    if (name.endsWith("audio-fa.scdn.co") || name.contains("-fa")) {
      return "spotifycdn.map.fastly.net";
    }
    if (name.contains("-ak")) {
      return name.substring(0, name.indexOf('.')) + "-spotify-com.akamaized.net";
    }
    return name.endsWith("spotify.com") ? "edge-web-gew4.dual-gslb.spotify.com" : "";
  }

  Host host(String name) {
    return known.computeIfAbsent(name, this::make);
  }

  private Host make(String name) {
    Dice own = dice.split(name.hashCode());
    boolean akamai = name.contains("-ak");
    boolean fastly = name.contains("-fa") || name.endsWith("scdn.co");
    boolean control = name.endsWith("spotify.com");
    byte[] address;
    if (akamai) {
      address =
          ipv6
              ? v6(0x2a02_26f0, own.between(0x1000, 0x7fff), own.between(1, 0xffff))
              : v4(2, own.between(16, 23), own.between(1, 254), own.between(2, 254));
    } else if (fastly) {
      int pool = name.contains("tls130") ? 251 : name.contains("tls13") ? 250 : 248;
      int[][] prefixes = {{151, 101}, {199, 232}, {146, 75}};
      int[] prefix = prefixes[own.between(0, 2)];
      address =
          ipv6
              ? v6(0x2a04_4e42, own.between(1, 0x7f), 0x760 + (pool == 248 ? 0 : pool - 248))
              : v4(prefix[0], prefix[1], own.between(1, 126), pool);
    } else if (control) {
      address =
          ipv6
              ? v6(0x2600_1901, own.between(0x100, 0xffff) | 0x1_0000, 0)
              : v4(35, 186, 224, own.between(10, 60));
    } else if (!ipv6 && own.chance(0.3)) {
      // a content network that the audio hosts use too
      int[] lastOctets = {1, 65, 129, 193};
      address =
          own.chance(0.5)
              ? v4(151, 101, own.between(1, 126), lastOctets[own.between(0, 3)])
              : v4(2, own.between(16, 23), own.between(1, 254), own.between(2, 254));
    } else {
      address =
          ipv6
              ? v6(0x2a00_1450, own.between(0x4001, 0x4fff), own.between(1, 0xffff))
              : v4(
                  own.between(80, 100),
                  own.between(1, 254),
                  own.between(1, 254),
                  own.between(2, 254));
    }
    long extra = control ? own.millis(4, 25) : own.millis(0, 4);
    return new Host(name, address, extra, akamai && own.chance(0.6) ? 24 : 17);
  }

  private static byte[] v4(int a, int b, int c, int d) {
    return new byte[] {(byte) a, (byte) b, (byte) c, (byte) d};
  }

  private static byte[] v6(int high, int next, int last) {
    byte[] address = new byte[16];
    for (int i = 0; i < 4; i++) {
      address[i] = (byte) (high >>> (24 - 8 * i));
      address[i + 4] = (byte) (next >>> (24 - 8 * i));
      address[i + 12] = (byte) (last >>> (24 - 8 * i));
    }
    return address;
  }
}
