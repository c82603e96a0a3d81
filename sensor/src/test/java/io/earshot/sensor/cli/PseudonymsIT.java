package io.earshot.sensor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.earshot.models.simulate.SessionWishes;
import io.earshot.models.simulate.SimulatedDataset;
import io.earshot.sensor.capture.PcapFileSource;
import io.earshot.sensor.decode.DecodeResult;
import io.earshot.sensor.decode.PacketDecoder;
import io.earshot.sensor.decode.PacketView;
import io.earshot.sensor.document.AddressText;
import io.earshot.sensor.flow.FlowKey;
import io.earshot.sensor.output.EarshotProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** With a key for pseudonyms no address of a capture leaves the program, in whatever form. */
class PseudonymsIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String KEY =
      "1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202";

  /** Everything that looks like an address; IPv6 as RFC 5952 writes it. */
  private static final Pattern ADDRESS =
      Pattern.compile(
          "(?<![0-9.])\\d{1,3}(\\.\\d{1,3}){3}(?![0-9.])|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}");

  @TempDir static Path folder;
  private static Path captures;
  private static final Set<String> addresses = new HashSet<>();

  @BeforeAll
  static void simulate() throws Exception {
    captures = folder.resolve("captures");
    SimulatedDataset.write(
        captures,
        4,
        88,
        new SimulatedDataset.Options(
            SimulatedDataset.Options.defaults().snaplen(), true, SessionWishes.NONE, _ -> {}));
    Files.writeString(folder.resolve("key"), KEY + "\n");
    Files.writeString(
        folder.resolve("sites.csv"), "site,network\nEverywhere,0.0.0.0/0\nEverywhere,::/0\n");
    Files.writeString(
        folder.resolve("subscribers.csv"),
        "address,name\n0.0.0.0/0,Ada Lovelace\n::/0,Ada Lovelace\n");
    try (Stream<Path> files = Files.list(captures)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".pcap")).toList()) {
        collect(file);
      }
    }
    assertThat(addresses).hasSizeGreaterThan(20);
  }

  private static void collect(Path file) throws Exception {
    PacketDecoder decoder = new PacketDecoder();
    PacketView view = new PacketView();
    try (PcapFileSource source = PcapFileSource.open(file)) {
      source.run(
          (data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId) -> {
            DecodeResult result =
                decoder.decode(
                    data, offset, capturedBytes, wireBytes, tsNanos, linkType, interfaceId, view);
            if (result == DecodeResult.DECODED) {
              addresses.add(AddressText.of(FlowKey.address(view.srcHi, view.srcLo)));
              addresses.add(AddressText.of(FlowKey.address(view.dstHi, view.dstLo)));
            }
          });
    }
  }

  private static Path configuration(String privacy) throws IOException {
    return Files.writeString(
        folder.resolve(privacy.isEmpty() ? "open.yml" : "private.yml"),
        """
        sensor: {name: north-1}
        capture: {interfaces: [eth1]}
        output: {files: {directory: out}}
        places: {sites: sites.csv, subscribers: subscribers.csv}
        """
            + privacy);
  }

  /** All that a run leaves: its output, what it says, documents in files, the report. */
  private static String run(String name, Path configuration, String form) throws Exception {
    Path said = folder.resolve(name + "-" + form);
    Path files = Files.createDirectories(folder.resolve(name + "-" + form + "-files"));
    try (EarshotProcess earshot =
        new EarshotProcess(
            said,
            "analyze",
            "--dir",
            captures.toString(),
            "-c",
            configuration.toString(),
            "-o",
            form,
            "--report",
            files.resolve("report.html").toString(),
            "--files",
            files.toString(),
            "--no-gzip")) {
      earshot.awaitEnd();
    }
    StringBuilder all = new StringBuilder();
    all.append(Files.readString(folder.resolve(name + "-" + form + ".out")));
    all.append(Files.readString(folder.resolve(name + "-" + form + ".err")));
    try (Stream<Path> written = Files.list(files)) {
      for (Path file : written.toList()) {
        all.append(Files.readString(file));
      }
    }
    return all.toString();
  }

  private static Set<String> addressesIn(String text) {
    Set<String> found = new HashSet<>();
    Matcher matcher = ADDRESS.matcher(text);
    while (matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  private static Set<String> values(String documents, String pointer) {
    return documents
        .lines()
        .filter(line -> line.startsWith("{\"@timestamp\""))
        .map(
            line -> {
              try {
                return JSON.readTree(line).at(pointer);
              } catch (IOException e) {
                throw new IllegalStateException(e);
              }
            })
        .filter(value -> !value.isMissingNode())
        .map(JsonNode::asText)
        .collect(Collectors.toSet());
  }

  @Test
  void analyze_withAKey_showsNoAddressOfTheCaptureInAnyForm() throws Exception {
    Path hidden = configuration("privacy: {pseudonym_key: 'file:key'}\n");
    for (String form : List.of("text", "json", "ndjson")) {
      String all = run("hidden", hidden, form);
      Set<String> shown = addressesIn(all);
      assertThat(shown).as("there are pseudonyms in %s", form).isNotEmpty();
      assertThat(shown).as(form).doesNotContainAnyElementsOf(addresses);
      assertThat(all).as("the name would tell who it is").doesNotContain("Lovelace");
      assertThat(all).as("places are looked up before").contains("Everywhere");
      assertThat(all).doesNotContain(KEY);
    }
  }

  /** The same test on the same runs without a key finds addresses: it would see them. */
  @Test
  void analyze_withoutAKey_showsAddressesAndSubscribers() throws Exception {
    Path open = configuration("");
    for (String form : List.of("text", "json", "ndjson")) {
      String all = run("open", open, form);
      assertThat(addressesIn(all)).as(form).containsAnyElementsOf(addresses);
      assertThat(all).as(form).contains("Lovelace");
    }
  }

  @Test
  void documents_withAKey_shareNoDerivedIdWithThoseWithoutOne() throws Exception {
    String hidden =
        run("ids-hidden", configuration("privacy: {pseudonym_key: 'file:key'}\n"), "ndjson");
    String open = run("ids-open", configuration(""), "ndjson");
    for (String field :
        List.of(
            "/client/ip",
            "/server/ip",
            "/event/id",
            "/network/community_id",
            "/spotify/stream/id",
            "/spotify/stream/key",
            "/related/ip/0",
            "/related/ip/1")) {
      assertThat(values(open, field)).as(field).isNotEmpty();
      assertThat(values(hidden, field))
          .as(field)
          .hasSameSizeAs(values(open, field))
          .doesNotContainAnyElementsOf(values(open, field));
    }
    assertThat(values(hidden, "/labels/pseudonym_key")).hasSize(1);
    assertThat(values(open, "/labels/pseudonym_key")).isEmpty();
    assertThat(values(open, "/tls/client/ja4")).as("of hellos that were seen").isNotEmpty();
    assertThat(values(hidden, "/client/user/name")).isEmpty();
    assertThat(values(open, "/client/user/name")).containsExactly("Ada Lovelace");
  }
}
