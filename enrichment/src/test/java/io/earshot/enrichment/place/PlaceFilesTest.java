package io.earshot.enrichment.place;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The operator's files: what they tell, what is said about bad ones, and what stays then. */
class PlaceFilesTest {
  private static final Instant NOW = Instant.parse("2026-11-25T12:00:00Z");
  private static final Map<String, ?> HAMBURG =
      Map.of(
          "city", Map.of("names", Map.of("en", "Hamburg", "de", "Hamburg")),
          "country", Map.of("iso_code", "DE", "names", Map.of("en", "Germany")),
          "subdivisions",
              List.of(Map.of("iso_code", "HH", "names", Map.of("en", "Free and Hanseatic City"))),
          "location", Map.of("latitude", 53.55, "longitude", 9.99));
  private static final Map<String, ?> EXAMPLE =
      Map.of("autonomous_system_number", 64500, "autonomous_system_organization", "Example Net");

  @TempDir Path folder;
  private final List<String> taken = new ArrayList<>();
  private final List<String> trouble = new ArrayList<>();
  private final PlaceFiles files = new PlaceFiles(new PlaceFiles.Notices(taken::add, trouble::add));
  private int clock;

  /** Writes a file as another version: with a time of its own. */
  private Path write(String name, byte[] content) throws IOException {
    Path file = Files.write(folder.resolve(name), content);
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_000_000L * ++clock));
    return file;
  }

  private Path csv(String name, String... lines) throws IOException {
    return write(name, (String.join("\n", lines) + "\n").getBytes(UTF_8));
  }

  private static PlaceFiles.Settings only(PlaceFiles.Part part, @Nullable Path file) {
    return new PlaceFiles.Settings(
        part == PlaceFiles.Part.SITES ? file : null,
        part == PlaceFiles.Part.SUBSCRIBERS ? file : null,
        part == PlaceFiles.Part.CITY ? file : null,
        part == PlaceFiles.Part.ASN ? file : null);
  }

  private static InetAddress ip(String text) {
    return InetAddress.ofLiteral(text);
  }

  private @Nullable String site(String address, int vlan) {
    return site(address, vlan, -1);
  }

  private @Nullable String site(String address, int vlan, int vni) {
    return files.ask(p -> p.site(ip(address), vlan, vni)).orElse(null);
  }

  private @Nullable Subscriber subscriber(String address, Instant time) {
    return files.ask(p -> p.subscriber(ip(address), time)).orElse(null);
  }

  private Optional<AutonomousSystem> system(String address) {
    return files.ask(p -> p.autonomousSystem(ip(address)));
  }

  @Test
  void sites_ofNetworksAndVlans_theMostSpecificCounts() throws IOException {
    files.use(
        only(
            PlaceFiles.Part.SITES,
            csv(
                "sites.csv",
                "# networks of ours",
                "site,network,vlan",
                "Campus,10.0.0.0/8,",
                "North,10.1.0.0/16,",
                "\"Library, first floor\",10.1.7.0/24,",
                "Guests,,100-199",
                "Branch,10.1.0.0/16,42",
                "South,2001:db8:2::/48,")));

    assertThat(trouble).isEmpty();
    assertThat(taken).singleElement().asString().contains("places.sites: 6 lines of ");
    assertThat(site("10.9.9.9", -1)).isEqualTo("Campus");
    assertThat(site("10.1.9.9", -1)).isEqualTo("North");
    assertThat(site("10.1.7.9", 150)).isEqualTo("Library, first floor");
    assertThat(site("10.1.7.9", 42)).isEqualTo("Branch");
    assertThat(site("192.0.2.1", 150)).isEqualTo("Guests");
    assertThat(site("192.0.2.1", 200)).isNull();
    assertThat(site("2001:db8:2::1", -1)).isEqualTo("South");
  }

  @Test
  void sites_ofVirtualNetworks_goBeforeVlansAndLeaveOthersAlone() throws IOException {
    files.use(
        only(
            PlaceFiles.Part.SITES,
            csv(
                "sites.csv",
                "site,network,vlan,vni",
                "Campus,10.0.0.0/8,,",
                "Floor,,100,",
                "Tenants,,,100-199",
                "Last,,,16777215",
                "First,,,0",
                "Lab,10.1.0.0/16,,100",
                "Vlan lab,10.1.0.0/16,100,")));

    assertThat(trouble).isEmpty();
    assertThat(site("10.1.0.1", 100, 100)).isEqualTo("Lab");
    assertThat(site("10.1.0.1", 100, 101)).isEqualTo("Vlan lab");
    assertThat(site("10.1.0.1", -1, 101)).isEqualTo("Campus");
    assertThat(site("192.0.2.1", 100, 199)).isEqualTo("Tenants");
    assertThat(site("192.0.2.1", 100, 200)).isEqualTo("Floor");
    assertThat(site("192.0.2.1", -1, 200)).isNull();
    assertThat(site("192.0.2.1", -1, 0)).isEqualTo("First");
    assertThat(site("192.0.2.1", -1, 16_777_215)).isEqualTo("Last");
    assertThat(site("192.0.2.1", -1, -1)).isNull();
  }

  @Test
  void sites_ofImpossibleVirtualNetworks_areLeftOut() throws IOException {
    for (String line :
        List.of(
            "A,,,16777216|is no VNI; write a number of 0 to 16777215",
            "A,,,-1|is no VNI",
            "A,,,99999999999999999999|is no VNI",
            "A,,,0-16777215|'0-16777215' has more than 4096",
            "A,,,9-8|ends before it begins",
            "A,,7,8|both vlan and vni are given",
            "A,,4095,|is no VLAN; write a number of 1 to 4094")) {
      trouble.clear();
      String[] parts = line.split("\\|", -1);
      files.use(
          only(
              PlaceFiles.Part.SITES,
              csv("sites.csv", "site,network,vlan,vni", parts[0], "B,10.0.0.0/8,,")));
      assertThat(trouble).singleElement().asString().contains("line 2: ").contains(parts[1]);
      assertThat(site("10.0.0.1", 7, 8)).isEqualTo("B");
    }
  }

  @Test
  void sites_withBadLines_areLeftOutAndToldOfOnce() throws IOException {
    files.use(
        only(
            PlaceFiles.Part.SITES,
            csv(
                "sites.csv",
                "site,network,vlan,remark",
                "North,10.1.0.0/16,,x",
                "South,10.2.0.0/99,,x",
                ",10.3.0.0/16,,x",
                "West,,,x",
                "East,,4095,x")));

    assertThat(site("10.1.0.1", -1)).isEqualTo("North");
    assertThat(trouble).hasSize(2);
    assertThat(trouble.getFirst()).contains("line 1: these columns mean nothing here: remark");
    assertThat(trouble.getLast())
        .contains("sites.csv: 4 of 5 lines left out: ")
        .contains("line 3: '10.2.0.0/99' must end with a length of 0 to 32")
        .contains("line 4: the site is missing")
        .contains("line 5: neither network nor vlan nor vni")
        .endsWith("and so on");
  }

  @Test
  void subscribers_withTimes_areThoseOfTheTime() throws IOException {
    files.use(
        only(
            PlaceFiles.Part.SUBSCRIBERS,
            csv(
                "subscribers.csv",
                "\uFEFFAddress,ID,Name,Site,Valid_from,Valid_until",
                "10.1.0.0/24,17,Everybody else,North,,",
                "10.1.0.7,18,Ada,,2026-01-01,2026-06-01",
                "10.1.0.7,19,Grete,East,2026-06-01T00:00:00Z,",
                "2001:db8:1:2::/64,20,,,,")));

    assertThat(trouble).isEmpty();
    assertThat(subscriber("10.1.0.7", Instant.parse("2026-05-31T23:59:59Z")))
        .isEqualTo(new Subscriber("18", "Ada", null));
    assertThat(subscriber("10.1.0.7", NOW)).isEqualTo(new Subscriber("19", "Grete", "East"));
    assertThat(subscriber("10.1.0.7", Instant.parse("2025-12-31T00:00:00Z")))
        .isEqualTo(new Subscriber("17", "Everybody else", "North"));
    assertThat(subscriber("2001:db8:1:2::99", NOW)).isEqualTo(new Subscriber("20", null, null));
    assertThat(subscriber("10.1.1.7", NOW)).isNull();
  }

  @Test
  void subscribers_coveredByALaterLine_areToldOfAndTheLastCounts() throws IOException {
    files.use(
        only(
            PlaceFiles.Part.SUBSCRIBERS,
            csv("s.csv", "address,name", "10.1.0.7,Ada", "10.1.0.8,Emmy", "10.1.0.7,Grete")));

    assertThat(subscriber("10.1.0.7", NOW)).isEqualTo(new Subscriber(null, "Grete", null));
    assertThat(trouble).singleElement().asString().contains("1 lines are covered by a later one");
  }

  @Test
  void subscribers_withAReversedTimeOrNobody_areLeftOut() throws IOException {
    files.use(
        only(
            PlaceFiles.Part.SUBSCRIBERS,
            csv(
                "s.csv",
                "address,id,valid_from,valid_until",
                "10.1.0.7,1,2026-02-01,2026-01-01",
                "10.1.0.8,,,",
                "10.1.0.9,3,yesterday,",
                "10.1.0.10,4,,")));

    assertThat(files.<Integer>ask(p -> p.subscribers().size())).isOne();
    assertThat(trouble.getFirst())
        .contains("line 2: valid_until does not come after valid_from")
        .contains("line 3: neither id nor name is given")
        .contains("line 4: 'yesterday' is no time");
  }

  @Test
  void look_atAFileThatChanged_takesItOnceItStandsStill() throws IOException {
    files.use(only(PlaceFiles.Part.SITES, csv("sites.csv", "site,network", "A,10.0.0.0/8")));
    files.look();
    csv("sites.csv", "site,network", "B,10.0.0.0/8");
    files.look();
    assertThat(site("10.0.0.1", -1)).as("it may still be written").isEqualTo("A");
    files.look();
    assertThat(site("10.0.0.1", -1)).isEqualTo("B");
    files.look();
    files.look();
    assertThat(taken).hasSize(2);
    assertThat(trouble).isEmpty();
  }

  @Test
  void look_atAFileThatBroke_keepsWhatWasKnownAndSaysSoOnce() throws IOException {
    Path file = csv("sites.csv", "site,network", "A,10.0.0.0/8");
    files.use(only(PlaceFiles.Part.SITES, file));
    for (String[] broken :
        new String[][] {
          {"this is no table"}, {"site,network"}, {"site,network", "A,10.0.0.0/8", "\"B,10"}, {""}
        }) {
      trouble.clear();
      csv("sites.csv", broken);
      for (int i = 0; i < 5; i++) {
        files.look();
      }
      assertThat(site("10.0.0.1", -1)).isEqualTo("A");
      assertThat(trouble)
          .as(Arrays.toString(broken))
          .filteredOn(line -> line.contains("what was known before stays"))
          .singleElement()
          .asString()
          .contains(file.toString());
    }
    trouble.clear();
    Files.delete(file);
    files.look();
    files.look();
    files.look();
    assertThat(trouble).singleElement().asString().contains("there is no such file");
    PlaceFiles.Stats stats = files.stats().getFirst();
    assertThat(stats.current()).isFalse();
    assertThat(stats.refused()).isEqualTo(5);
    assertThat(stats.taken()).isOne();
    assertThat(stats.entries()).isOne();

    csv("sites.csv", "site,network", "C,10.0.0.0/8");
    files.look();
    files.look();
    assertThat(site("10.0.0.1", -1)).isEqualTo("C");
    assertThat(files.stats().getFirst().current()).isTrue();
  }

  @Test
  void use_ofMostlyBadLines_refusesTheFile() throws IOException {
    String[] lines = new String[101];
    Arrays.fill(lines, "10.0.0.1;1");
    lines[0] = "address,id";
    lines[50] = "10.0.0.1,1";
    boolean usable = files.use(only(PlaceFiles.Part.SUBSCRIBERS, csv("s.csv", lines)));

    assertThat(usable).isFalse();
    assertThat(trouble)
        .singleElement()
        .asString()
        .contains("99 of 100 lines cannot be used", "line 2: '10.0.0.1;1' is no address");
  }

  /** Without this an exported file of gigabytes would end the sensor. */
  @Test
  void use_ofAFileTooLargeForTheHeap_refusesItUnread() throws IOException {
    Path file = folder.resolve("large.csv");
    try (var large = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      large.setLength(Runtime.getRuntime().maxMemory() / 7 + 1); // a hole, and no disk
    }
    assertThat(files.use(only(PlaceFiles.Part.SUBSCRIBERS, file))).isFalse();
    assertThat(trouble).singleElement().asString().contains("raise -Xmx");
  }

  @Test
  void use_withoutTheFile_forgetsWhatItTold() throws IOException {
    files.use(only(PlaceFiles.Part.SITES, csv("sites.csv", "site,network", "A,10.0.0.0/8")));
    assertThat(files.use(PlaceFiles.Settings.NONE)).isTrue();

    assertThat(site("10.0.0.1", -1)).isNull();
    assertThat(files.stats()).isEmpty();
  }

  @Test
  void ask_whileTablesAreExchanged_isAnsweredByOneOfThem() throws Exception {
    Path a = csv("a.csv", "address,id,site", "10.0.0.0/8,a,A");
    Path b = csv("b.csv", "address,id,site", "10.0.0.0/8,b,B");
    files.use(only(PlaceFiles.Part.SUBSCRIBERS, a));
    List<Subscriber> possible =
        List.of(new Subscriber("a", null, "A"), new Subscriber("b", null, "B"));
    AtomicBoolean done = new AtomicBoolean();
    FutureTask<Long> asking =
        new FutureTask<>(
            () -> {
              long asked = 0;
              do {
                assertThat(subscriber("10.0.0.1", NOW)).isIn(possible);
                asked++;
              } while (!done.get());
              return asked;
            });
    Thread.ofPlatform().start(asking);
    for (int i = 0; i < 300; i++) {
      files.use(only(PlaceFiles.Part.SUBSCRIBERS, i % 2 == 0 ? b : a));
    }
    done.set(true);
    assertThat(asking.get()).isPositive();
  }

  @Test
  void exchange_ofATable_givesItsMemoryBack() throws IOException {
    files.use(
        new PlaceFiles.Settings(
            csv("sites.csv", "site,network", "A,10.0.0.0/8"),
            csv("s.csv", "address,id", "10.0.0.0/8,1"),
            null,
            null));
    Places before = files.ask(places -> places);
    files.use(PlaceFiles.Settings.NONE);

    assertThatIllegalStateException().isThrownBy(() -> before.subscriber(ip("10.0.0.1"), NOW));
    assertThatIllegalStateException().isThrownBy(() -> before.site(ip("10.0.0.1"), -1, -1));
  }

  /** More than one piece of memory, so that entries lie on both sides of a border. */
  @Test
  void subscribers_ofManyLines_areAllFound() throws IOException {
    int lines = 20_000;
    StringBuilder text = new StringBuilder("address,id,name,site,valid_from\n");
    for (int i = 0; i < lines; i++) {
      text.append(
          "10.%d.%d.0/24,%d,%s,\u00c5 %d,2026-01-01\n"
              .formatted(i >> 8, i & 255, i, "n".repeat(i % 200), i));
    }
    files.use(only(PlaceFiles.Part.SUBSCRIBERS, write("s.csv", text.toString().getBytes(UTF_8))));

    assertThat(trouble).isEmpty();
    for (int i = 0; i < lines; i++) {
      String name = "n".repeat(i % 200);
      assertThat(subscriber("10.%d.%d.9".formatted(i >> 8, i & 255), NOW))
          .isEqualTo(new Subscriber("" + i, name.isEmpty() ? null : name, "\u00c5 " + i));
    }
  }

  private MmdbFile asns(Instant built) {
    return new MmdbFile("Example-ASN", built)
        .with("192.0.2.0/24", EXAMPLE)
        .with("2001:db8::/32", Map.of("autonomous_system_number", 64501));
  }

  private MmdbFile cities() {
    return new MmdbFile("Example-City", NOW)
        .with("192.0.2.0/24", HAMBURG)
        .with("198.51.100.0/24", Map.of("country", Map.of("iso_code", "SE")))
        .with("203.0.113.0/24", Map.of("registered_country", Map.of("iso_code", "SE")));
  }

  @Test
  void databases_ofCitiesAndSystems_areLookedUp() throws IOException {
    files.use(
        new PlaceFiles.Settings(
            null,
            null,
            write("city.mmdb", cities().toBytes()),
            write("asn.mmdb", asns(NOW).toBytes())));

    assertThat(trouble).isEmpty();
    Places places = files.ask(p -> p);
    assertThat(places.place(ip("192.0.2.7")))
        .contains(
            new GeoPlace(
                "DE", "Germany", "DE-HH", "Free and Hanseatic City", "Hamburg", 53.55, 9.99));
    assertThat(places.place(ip("198.51.100.1")))
        .contains(new GeoPlace("SE", null, null, null, null, null, null));
    assertThat(places.place(ip("203.0.113.1"))).isEmpty();
    assertThat(places.place(ip("10.0.0.1"))).isEmpty();
    assertThat(places.autonomousSystem(ip("192.0.2.7")))
        .contains(new AutonomousSystem(64500, "Example Net"));
    assertThat(places.autonomousSystem(ip("2001:db8::7")))
        .contains(new AutonomousSystem(64501, null));
    assertThat(places.autonomousSystem(ip("10.0.0.1"))).isEmpty();
  }

  @Test
  void database_cutAtAnyPlace_isRefusedOrTellsOnlyWhatIsTrue() throws IOException {
    byte[] whole = asns(NOW).toBytes();
    for (int length = 0; length < whole.length; length += 7) {
      trouble.clear();
      Path file = write("asn.mmdb", Arrays.copyOf(whole, length));
      if (files.use(only(PlaceFiles.Part.ASN, file))) {
        assertThat(system("192.0.2.7")).contains(new AutonomousSystem(64500, "Example Net"));
      } else {
        assertThat(trouble).singleElement().asString().contains(file.toString());
      }
    }
  }

  @Test
  void database_damagedAnywhere_neverThrows() throws IOException {
    byte[] whole = asns(NOW).toBytes();
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) 0xff;
      files.use(only(PlaceFiles.Part.ASN, write("asn.mmdb", damaged)));
      assertThat(system("10.0.0.1")).isNotNull();
      assertThat(system("192.0.2.7")).isNotNull();
    }
  }

  @Test
  void database_ofTheOtherKind_isRefused() throws IOException {
    boolean usable = files.use(only(PlaceFiles.Part.ASN, write("city.mmdb", cities().toBytes())));

    assertThat(usable).isFalse();
    assertThat(trouble)
        .singleElement()
        .asString()
        .contains("is of the type Example-City and has no autonomous systems")
        .endsWith("nothing is known from it");
  }

  @Test
  void database_overwrittenInPlace_goesOnAsItWas() throws IOException {
    Path file = write("asn.mmdb", asns(NOW).toBytes());
    files.use(only(PlaceFiles.Part.ASN, file));
    write("asn.mmdb", new byte[0]);

    assertThat(system("192.0.2.7")).contains(new AutonomousSystem(64500, "Example Net"));
  }

  @Test
  void database_olderThanBefore_isUsedAndToldOf() throws IOException {
    files.use(only(PlaceFiles.Part.ASN, write("asn.mmdb", asns(NOW).toBytes())));
    files.use(
        only(PlaceFiles.Part.ASN, write("asn.mmdb", asns(NOW.minusSeconds(86_400)).toBytes())));

    assertThat(trouble).singleElement().asString().contains("older than the one before");
    assertThat(files.stats().getFirst().taken()).isEqualTo(2);
  }
}
