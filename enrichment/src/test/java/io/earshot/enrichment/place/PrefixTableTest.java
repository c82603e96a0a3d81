package io.earshot.enrichment.place;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PrefixTableTest {
  /** Against a search through all networks, on addresses that lie close together. */
  @Test
  void find_ofRandomNetworks_isTheLongestAndOfEqualOnesTheLast() {
    Random random = new Random(3);
    for (int round = 0; round < 20; round++) {
      PrefixTable.Builder builder = new PrefixTable.Builder();
      List<Prefix> prefixes = new ArrayList<>();
      for (int i = 0; i < 400; i++) {
        int bits = random.nextInt(8) == 0 ? random.nextInt(129) : 116 + random.nextInt(13);
        long lo = (0xffffL << 32 | 0x0a000000L | random.nextInt(2048)) & Prefix.loMask(bits);
        Prefix prefix = new Prefix(0, lo, bits);
        prefixes.add(prefix);
        builder.add(prefix, i);
      }
      PrefixTable table = builder.build(Arena.global());
      assertThat(table.size()).isEqualTo(400);
      for (int i = 0; i < 2048; i++) {
        long lo = 0xffffL << 32 | 0x0a000000L | i;
        int place = table.find(0, lo);
        assertThat(place == PrefixTable.NONE ? -1 : table.value(place))
            .isEqualTo(longest(prefixes, lo));
      }
    }
  }

  private static int longest(List<Prefix> prefixes, long lo) {
    int best = -1;
    for (int i = 0; i < prefixes.size(); i++) {
      Prefix prefix = prefixes.get(i);
      boolean holds = ((prefix.lo() ^ lo) & Prefix.loMask(prefix.bits())) == 0;
      if (holds && (best < 0 || prefix.bits() >= prefixes.get(best).bits())) {
        best = i;
      }
    }
    return best;
  }

  @Test
  void wider_fromTheInnermost_goesThroughAllThatHoldTheAddress() {
    PrefixTable.Builder builder = new PrefixTable.Builder();
    int value = 0;
    for (String text :
        List.of("2001:db8:1::/48", "::/0", "2001:db8::/32", "2001:db8:2::/48", "10.0.0.0/8")) {
      builder.add(Prefix.parse(text), value++);
    }
    PrefixTable table = builder.build(Arena.global());
    InetAddress address = InetAddress.ofLiteral("2001:db8:1::7");
    List<Integer> values = new ArrayList<>();
    for (int place = table.find(Prefix.hi(address), Prefix.lo(address));
        place != PrefixTable.NONE;
        place = table.wider(place)) {
      values.add(table.value(place));
    }
    assertThat(values).containsExactly(0, 2, 1);
  }

  @Test
  void find_ofAnIpv4Address_isNotThatOfAnIpv6Network() {
    PrefixTable.Builder builder = new PrefixTable.Builder();
    builder.add(Prefix.parse("0.0.0.0/0"), 0);
    PrefixTable table = builder.build(Arena.global());
    InetAddress v6 = InetAddress.ofLiteral("2001:db8::1");
    InetAddress v4 = InetAddress.ofLiteral("192.0.2.1");
    assertThat(table.find(Prefix.hi(v6), Prefix.lo(v6))).isEqualTo(PrefixTable.NONE);
    assertThat(table.find(Prefix.hi(v4), Prefix.lo(v4))).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "10.1/16",
        "10.0.0.256",
        "10.0.0.1/24",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/x",
        "10.0.0.0/-1",
        "fe80::1%eth0",
        "2001:db8::/129",
        "2001:db8::1/64",
        "host.example",
        "10.0.0.0/99999999999"
      })
  void parse_ofWhatIsNoNetwork_saysWhatWasGiven(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Prefix.parse(text))
        .withMessageContaining("'" + (text.contains("/") ? text.substring(0, 4) : text));
  }
}
