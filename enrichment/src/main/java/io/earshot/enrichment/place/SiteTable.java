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
 * Local networks and VLANs to the operator's names of places: a CSV file with the columns {@code
 * site}, {@code network} and {@code vlan}; a line has a network, a VLAN (or {@code 100-199}), or
 * both.
 *
 * <p>The most specific line counts: a network within the VLAN before a network anywhere, a longer
 * one before a shorter, and a VLAN alone where no network holds the address. Of equal lines the
 * last. Immutable until it is {@link #free freed}.
 */
public final class SiteTable {
  private static final int SITE = 0;
  private static final int NETWORK = 1;
  private static final int VLAN = 2;
  private static final List<String> COLUMNS = List.of("site", "network", "vlan");
  private static final int LAST_VLAN = 4094;

  /** No place. */
  public static final SiteTable EMPTY = new Builder(Arena.global()).build();

  private final Arena memory;

  /** Networks that hold in every VLAN. */
  private final Networks anywhere;

  private final Map<Integer, Networks> inVlan;
  private final Map<Integer, String> byVlan;
  private final int lines;

  private SiteTable(
      Arena memory,
      Networks anywhere,
      Map<Integer, Networks> inVlan,
      Map<Integer, String> byVlan,
      int lines) {
    this.memory = memory;
    this.anywhere = anywhere;
    this.inVlan = Map.copyOf(inVlan);
    this.byVlan = Map.copyOf(byVlan);
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
   */
  public Optional<String> of(InetAddress address, int vlan) {
    Networks here = inVlan.get(vlan);
    String site = here == null ? null : here.site(address);
    site = site == null ? anywhere.site(address) : site;
    return Optional.ofNullable(site == null ? byVlan.get(vlan) : site);
  }

  private static final class Builder {
    private final Arena memory;
    private final Part anywhere = new Part();
    private final Map<Integer, Part> inVlan = new HashMap<>();
    private final Map<Integer, String> byVlan = new HashMap<>();
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
      if (site.isEmpty()) {
        throw new IllegalArgumentException("the site is missing");
      }
      if (network.isEmpty() && vlan.isEmpty()) {
        throw new IllegalArgumentException("neither network nor vlan is given");
      }
      Prefix prefix = network.isEmpty() ? null : Prefix.parse(network);
      if (vlan.isEmpty() && prefix != null) {
        anywhere.add(prefix, site);
      } else {
        int dash = vlan.indexOf('-');
        int first = vlan(dash < 0 ? vlan : vlan.substring(0, dash));
        int last = dash < 0 ? first : vlan(vlan.substring(dash + 1));
        if (last < first) {
          throw new IllegalArgumentException("'" + vlan + "' ends before it begins");
        }
        for (int id = first; id <= last; id++) {
          if (prefix == null) {
            byVlan.put(id, site);
          } else {
            inVlan.computeIfAbsent(id, _ -> new Part()).add(prefix, site);
          }
        }
      }
      lines++;
    }

    private static int vlan(String text) {
      String digits = text.strip();
      int id = digits.matches("\\d{1,4}") ? Integer.parseInt(digits) : 0;
      if (id < 1 || id > LAST_VLAN) {
        throw new IllegalArgumentException(
            "'" + digits + "' is no VLAN; write a number of 1 to " + LAST_VLAN);
      }
      return id;
    }

    SiteTable build() {
      Map<Integer, Networks> built = new HashMap<>();
      inVlan.forEach((vlan, part) -> built.put(vlan, part.build(memory)));
      return new SiteTable(memory, anywhere.build(memory), built, byVlan, lines);
    }

    /** Gives back what was read of a file that cannot be used. */
    void free() {
      anywhere.table.free();
      inVlan.values().forEach(part -> part.table.free());
      memory.close();
    }
  }
}
