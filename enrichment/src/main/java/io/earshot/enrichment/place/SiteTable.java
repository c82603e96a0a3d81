package io.earshot.enrichment.place;

import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Local networks, VLANs and virtual networks (VXLAN, Geneve) to the operator's names of places: a
 * CSV file with the columns {@code site}, {@code network}, {@code vlan} and {@code vni}; a line has
 * a network, a VLAN or VNI (or {@code 100-199}), or a network within one of these.
 *
 * <p>The most specific line counts: a network within the VNI, one within the VLAN, a network
 * anywhere, of each a longer one before a shorter; and where no network holds the address, the VNI
 * alone and then the VLAN alone. Of equal lines the last. Immutable until it is {@link #free
 * freed}.
 */
public final class SiteTable {
  private static final int SITE = 0;
  private static final int NETWORK = 1;
  private static final int VLAN = 2;
  private static final int VNI = 3;
  private static final List<String> COLUMNS = List.of("site", "network", "vlan", "vni");
  private static final int LAST_VLAN = 4094;

  /** RFC 7348 section 5, RFC 8926 section 3.4: 24 bits. */
  private static final int LAST_VNI = (1 << 24) - 1;

  /** A range is held as its single numbers. */
  private static final int LONGEST_RANGE = 4096;

  /** Virtual networks stand behind all VLANs. */
  private static final int FIRST_OF_VNIS = 1 << 12;

  /** No place. */
  public static final SiteTable EMPTY = new Builder(Arena.global()).build();

  private final Arena memory;

  /** Networks that hold in every VLAN and virtual network. */
  private final Networks anywhere;

  /** By VLAN, or {@link #FIRST_OF_VNIS} and the VNI. */
  private final Map<Integer, Networks> within;

  private final Map<Integer, String> alone;
  private final int lines;

  private SiteTable(
      Arena memory,
      Networks anywhere,
      Map<Integer, Networks> within,
      Map<Integer, String> alone,
      int lines) {
    this.memory = memory;
    this.anywhere = anywhere;
    this.within = Map.copyOf(within);
    this.alone = Map.copyOf(alone);
    this.lines = lines;
  }

  /** Networks with the site of each. */
  private record Networks(PrefixTable table, List<String> sites) {
    private Networks {
      sites = List.copyOf(sites);
    }

    @Nullable String site(InetAddress address) {
      int place = table.find(Prefix.hi(address), Prefix.lo(address));
      return place == PrefixTable.NONE ? null : sites.get(table.value(place));
    }
  }

  /**
   * Reads the operator's file.
   *
   * @param warnings told once of lines that were left out
   * @throws PlaceException where the file cannot be used
   */
  static SiteTable read(Path file, Consumer<String> warnings) throws PlaceException {
    Builder builder = new Builder(Arena.ofShared());
    SiteTable table = null;
    try {
      CsvTable.read(file, COLUMNS, 1, builder::take, warnings);
      table = builder.build();
      return table;
    } finally {
      if (table == null) {
        builder.free();
      }
    }
  }

  /** Gives the memory back; nobody may look anything up from then on. */
  void free() {
    if (this != EMPTY) {
      memory.close();
    }
  }

  /** Lines in the table. */
  public int size() {
    return lines;
  }

  /**
   * The site of an address; empty where no line speaks of it.
   *
   * @param vlan VLAN it was seen in, negative without
   * @param vni virtual network it was seen in, negative without
   */
  public Optional<String> of(InetAddress address, int vlan, int vni) {
    int virtual = vni < 0 ? vni : FIRST_OF_VNIS + vni;
    String site = within(virtual, address);
    site = site == null ? within(vlan, address) : site;
    site = site == null ? anywhere.site(address) : site;
    site = site == null ? alone.get(virtual) : site;
    return Optional.ofNullable(site == null ? alone.get(vlan) : site);
  }

  private @Nullable String within(int segment, InetAddress address) {
    Networks here = within.get(segment);
    return here == null ? null : here.site(address);
  }

  private static final class Builder {
    private final Arena memory;
    private final Part anywhere = new Part();
    private final Map<Integer, Part> within = new HashMap<>();
    private final Map<Integer, String> alone = new HashMap<>();
    private int lines;

    Builder(Arena memory) {
      this.memory = memory;
    }

    private static final class Part {
      private final PrefixTable.Builder table = new PrefixTable.Builder();
      private final List<String> sites = new ArrayList<>();

      void add(Prefix prefix, String site) {
        table.add(prefix, sites.size());
        sites.add(site);
      }

      Networks build(Arena memory) {
        return new Networks(table.build(memory), sites);
      }
    }

    void take(CsvTable line) {
      String site = line.get(SITE);
      String network = line.get(NETWORK);
      String vlan = line.get(VLAN);
      String vni = line.get(VNI);
      if (site.isEmpty()) {
        throw new IllegalArgumentException("the site is missing");
      }
      if (network.isEmpty() && vlan.isEmpty() && vni.isEmpty()) {
        throw new IllegalArgumentException("neither network nor vlan nor vni is given");
      }
      if (!vlan.isEmpty() && !vni.isEmpty()) {
        throw new IllegalArgumentException("both vlan and vni are given; write two lines");
      }
      Prefix prefix = network.isEmpty() ? null : Prefix.parse(network);
      if (!vlan.isEmpty()) {
        add(prefix, site, 0, range(vlan, "VLAN", 1, LAST_VLAN));
      } else if (!vni.isEmpty()) {
        add(prefix, site, FIRST_OF_VNIS, range(vni, "VNI", 0, LAST_VNI));
      } else if (prefix != null) {
        anywhere.add(prefix, site);
      }
      lines++;
    }

    private record Range(int first, int last) {}

    private void add(@Nullable Prefix prefix, String site, int base, Range range) {
      for (int id = base + range.first; id <= base + range.last; id++) {
        if (prefix == null) {
          alone.put(id, site);
        } else {
          within.computeIfAbsent(id, _ -> new Part()).add(prefix, site);
        }
      }
    }

    private static Range range(String text, String kind, int least, int most) {
      int dash = text.indexOf('-');
      int first = number(dash < 0 ? text : text.substring(0, dash), kind, least, most);
      int last = dash < 0 ? first : number(text.substring(dash + 1), kind, least, most);
      if (last < first) {
        throw new IllegalArgumentException("'" + text + "' ends before it begins");
      }
      if (last - first >= LONGEST_RANGE) {
        throw new IllegalArgumentException("'" + text + "' has more than " + LONGEST_RANGE);
      }
      return new Range(first, last);
    }

    private static int number(String text, String kind, int least, int most) {
      String digits = text.strip();
      int id = digits.matches("\\d{1,8}") ? Integer.parseInt(digits) : -1;
      if (id < least || id > most) {
        throw new IllegalArgumentException(
            "'%s' is no %s; write a number of %d to %d".formatted(digits, kind, least, most));
      }
      return id;
    }

    SiteTable build() {
      Map<Integer, Networks> built = new HashMap<>();
      within.forEach((segment, part) -> built.put(segment, part.build(memory)));
      return new SiteTable(memory, anywhere.build(memory), built, alone, lines);
    }

    /** Gives back what was read of a file that cannot be used. */
    void free() {
      anywhere.table.free();
      within.values().forEach(part -> part.table.free());
      memory.close();
    }
  }
}
