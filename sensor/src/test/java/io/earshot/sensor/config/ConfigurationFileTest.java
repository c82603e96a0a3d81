package io.earshot.sensor.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.earshot.enrichment.PseudonymKey;
import io.earshot.enrichment.place.PlaceFiles;
import io.earshot.kibana.Credentials;
import io.earshot.sensor.alert.AlertSettings;
import io.earshot.sensor.capture.CaptureEngine;
import io.earshot.sensor.capture.LiveOptions;
import io.earshot.sensor.config.Configuration.Log;
import io.earshot.sensor.flow.FlowLimits;
import io.earshot.sensor.output.FullSpool;
import io.earshot.sensor.output.NdjsonFilesSink;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationFileTest {
  private static final String LEAST =
      """
      capture:
        interfaces: [eth1]
      output:
        files:
          directory: documents
      """;

  private static final Path REPOSITORY = Path.of("..");

  private static final String PSEUDONYM_KEY =
      "1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202";

  @TempDir Path folder;

  @Test
  void parse_ofTheLeastThereCanBe_givesTheDefaults() throws Exception {
    Configuration read = parse(LEAST);

    assertThat(read.sensor().name()).isNotBlank();
    assertThat(read.capture())
        .isEqualTo(
            new Configuration.Capture(
                List.of("eth1"), CaptureEngine.AUTO, LiveOptions.of(null, null), 1, 65_536));
    assertThat(read.window()).isEqualTo(Duration.ofSeconds(10));
    assertThat(read.flows()).isEqualTo(FlowLimits.DEFAULT);
    assertThat(read.model()).isEqualTo(new Configuration.Model(null, false));
    assertThat(read.output().files())
        .isEqualTo(NdjsonFilesSink.Settings.in(folder.resolve("documents")));
    assertThat(read.output().elasticsearch()).isNull();
    assertThat(read.alerts()).isEqualTo(new Configuration.Alerts(AlertSettings.DEFAULT, null));
    assertThat(read.metrics()).hasToString("/127.0.0.1:9600");
    assertThat(read.log()).isEqualTo(new Log(Log.Level.INFO, Log.Format.TEXT));
  }

  @Test
  void parse_ofEveryKey_takesEachValue() throws Exception {
    Files.createDirectory(folder.resolve("bundle"));
    Files.writeString(folder.resolve("key"), "S3CRET\n");
    Files.writeString(folder.resolve("pseudonyms"), PSEUDONYM_KEY + "\n");
    Files.writeString(folder.resolve("ca.pem"), "-");
    Configuration read =
        parse(
            """
            sensor: {name: north-1, site: North}
            capture:
              interfaces:
                - eth1
                - eth2
              engine: af_packet
              filter: tcp or udp
              snaplen: 2KiB
              buffer: 64MiB
              promiscuous: no
              hardware_time: true
              members: 2
              ring: 4096
            windows: {length: 30s}
            flows: {most: 2000, most_followed: 100, undecided_idle: 10s, foreign_idle: 1m, followed_idle: 20m}
            model: {directory: bundle, explain: yes}
            services: {file: services.yml}
            endpoints: {file: /var/lib/e.json}
            places: {sites: sites.csv, subscribers: s.csv, city: /g/city.mmdb, asn: /g/asn.mmdb}
            privacy: {pseudonym_key: "file:pseudonyms"}
            output:
              namespace: campus
              elasticsearch:
                urls: ["https://a:9200", "https://b:9200"]
                api_key: file:key
                ca: ca.pem
                proxy: http://proxy:3128
                compress: true
                answer_within: 5s
                spool: {directory: spool, size: 100MB, when_full: drop_newest}
              files: {directory: out, rotate_size: 1MiB, rotate_every: 2m, compress: false, keep_files: 3, keep_for: 1d}
            alert:
              open_after: 1m
              close_after: 3m
              give_up_after: 5m
              site_memory: 6m
              site_streams: 7
              site_opens_at: 50%
              site_closes_at: 0.1
              trusted_loss: 2%
              webhook: {url: "https://hooks.example/x", secret: "${HOOK}"}
            metrics: {listen: "[::1]:9700"}
            log: {level: debug, format: ecs_json}
            """);

    assertThat(read.sensor()).isEqualTo(new Configuration.Sensor("north-1", "North"));
    assertThat(read.capture())
        .isEqualTo(
            new Configuration.Capture(
                List.of("eth1", "eth2"),
                CaptureEngine.AF_PACKET,
                new LiveOptions(2048, 64 << 20, null, "tcp or udp", false, false, true, null),
                2,
                4096));
    assertThat(read.window()).isEqualTo(Duration.ofSeconds(30));
    assertThat(read.flows())
        .isEqualTo(new FlowLimits(2000, 100, 10_000_000_000L, 60_000_000_000L, 1_200_000_000_000L));
    assertThat(read.model()).isEqualTo(new Configuration.Model(folder.resolve("bundle"), true));
    assertThat(read.services()).isEqualTo(folder.resolve("services.yml"));
    assertThat(read.endpoints()).isEqualTo(Path.of("/var/lib/e.json"));
    assertThat(read.places())
        .isEqualTo(
            new PlaceFiles.Settings(
                folder.resolve("sites.csv"),
                folder.resolve("s.csv"),
                Path.of("/g/city.mmdb"),
                Path.of("/g/asn.mmdb")));
    assertThat(read.pseudonyms())
        .isNotNull()
        .hasToString(PseudonymKey.of(PSEUDONYM_KEY).toString());
    Configuration.Elasticsearch elasticsearch =
        Objects.requireNonNull(read.output().elasticsearch());
    assertThat(elasticsearch.connection().urls())
        .containsExactly(URI.create("https://a:9200"), URI.create("https://b:9200"));
    assertThat(elasticsearch.connection().credentials())
        .isEqualTo(new Credentials.ApiKey("S3CRET"));
    assertThat(elasticsearch.connection().compress()).isTrue();
    assertThat(elasticsearch.connection().answerWithin()).isEqualTo(Duration.ofSeconds(5));
    assertThat(elasticsearch.spool().mostBytes()).isEqualTo(100_000_000);
    assertThat(elasticsearch.spool().whenFull()).isEqualTo(FullSpool.DROP_NEWEST);
    assertThat(read.output().files())
        .isEqualTo(
            new NdjsonFilesSink.Settings(
                folder.resolve("out"),
                1 << 20,
                Duration.ofMinutes(2),
                false,
                3,
                Duration.ofDays(1)));
    assertThat(read.alerts().settings())
        .isEqualTo(
            new AlertSettings(
                Duration.ofMinutes(1),
                Duration.ofMinutes(3),
                Duration.ofMinutes(5),
                Duration.ofMinutes(6),
                7,
                0.5,
                0.1,
                0.02,
                AlertSettings.DEFAULT.maxStreams()));
    assertThat(Objects.requireNonNull(read.alerts().webhook()).secret()).isEqualTo("hook-secret");
    assertThat(read.metrics()).hasToString("/[0:0:0:0:0:0:0:1]:9700");
    assertThat(read.log()).isEqualTo(new Log(Log.Level.DEBUG, Log.Format.ECS_JSON));
  }

  @Test
  void parse_ofEveryKindOfMistake_namesAllOfThemAtOnce() throws IOException {
    Files.writeString(folder.resolve("empty"), "\n");
    List<String> lines =
        problems(
            """
            sensor:
              nmae: north
            capture:
              interfaces: [eth1, eth1]
              engine: dpdk
              snaplen: 12
              buffer: 1KiB
              members: many
              ring: 1
              promiscuous: perhaps
            windows: 10s
            flows:
              foreign_idle: 1h
              followed_idle: 30m
            model:
              directory: nowhere
            output:
              namespace: Cam-pus
              elasticsearch:
                urls: [ftp://somewhere]
                api_key: c2VjcmV0
                user: me
                ca_fingerprint: abc
                spool:
                  directory: spool
                  when_full: block
              files:
                rotate_every: 10
            alert:
              site_opens_at: 140%
              webhook:
                url: mailto:me
                secret: file:empty
            metrics:
              listen: everywhere
            log:
              level: loud
              level: info
            retention: 3d
            """);

    assertThat(lines)
        .containsExactly(
            "earshot.yml:2: sensor.nmae: there is no such key; the nearest is sensor.name",
            "earshot.yml:4: capture.interfaces: names one twice",
            "earshot.yml:5: capture.engine: 'dpdk' is not known; write auto, af_packet, pcap4j",
            "earshot.yml:6: capture.snaplen: '12' is not a size; write for example 256MiB",
            "earshot.yml:7: capture.buffer: 1KiB is not between 4MiB and 1GiB",
            "earshot.yml:8: capture.members: 'many' is not a whole number",
            "earshot.yml:9: capture.ring: 1 is not between 1024 and 16777216",
            "earshot.yml:10: capture.promiscuous: 'perhaps' is neither true nor false",
            "earshot.yml:11: windows: is a section: its keys go on lines of their own below it",
            "earshot.yml:13: flows: undecided_idle, foreign_idle and followed_idle must rise in this"
                + " order from above zero",
            "earshot.yml:16: model.directory: " + folder.resolve("nowhere") + " is not a folder",
            "earshot.yml:18: output.namespace: part of a data stream's name must be lower-case"
                + " letters, digits, _ and ., not \"Cam-pus\"",
            "earshot.yml:20: output.elasticsearch: \"ftp://somewhere\" is not an Elasticsearch URL:"
                + " http://host:port or https://host:port is wanted, with the user and password"
                + " given apart",
            "earshot.yml:21: output.elasticsearch.api_key: a secret does not stand here; write"
                + " ${NAME} for a variable of the environment or file:PATH",
            "earshot.yml:21: output.elasticsearch.api_key: and user exclude each other",
            "earshot.yml:22: output.elasticsearch.user: user and password go together",
            "earshot.yml:23: output.elasticsearch.ca_fingerprint: a CA fingerprint is the SHA-256 of"
                + " the certificate, 64 hexadecimal digits, not \"abc\"",
            "earshot.yml:26: output.elasticsearch.spool.when_full: a sensor cannot wait; write"
                + " drop_oldest or drop_newest",
            "earshot.yml:28: output.files.directory: is needed: the folder of the files",
            "earshot.yml:28: output.files.rotate_every: '10' is not a duration; write for example"
                + " 10s, 500ms or 2m",
            "earshot.yml:30: alert.site_opens_at: '140%' is not a share; write for example 0.4 or 40%",
            "earshot.yml:32: alert.webhook.url: a webhook is http:// or https://, not mailto:me",
            "earshot.yml:33: alert.webhook.secret: " + folder.resolve("empty") + " is empty",
            "earshot.yml:35: metrics.listen: 'everywhere' is not an address; write for example"
                + " 127.0.0.1:9600, or off",
            "earshot.yml:37: log.level: 'loud' is not known; write error, warn, info, debug",
            "earshot.yml:38: log.level: is given twice",
            "earshot.yml:39: retention: there is no such key; the nearest is metrics");
  }

  @Test
  void parse_ofNothing_saysWhatIsNeeded() {
    assertThat(problems(""))
        .containsExactly(
            "earshot.yml:1: capture.interfaces: is needed: name the interface of the mirror port,"
                + " for example [eth1]",
            "earshot.yml:1: output: goes nowhere: give elasticsearch, files or both");
  }

  @Test
  void parse_ofNoYaml_saysOnlyThatAndWhere() {
    assertThat(problems("sensor:\n  name: [a, b\ncapture: x\n"))
        .singleElement()
        .asString()
        .startsWith(
            "earshot.yml:3: this is not YAML: while parsing a flow sequence, expected ',' or ']'");
  }

  @Test
  void parse_ofAMissingVariable_namesTheVariableAndNoSecret() {
    assertThat(
            problems(
                LEAST
                    + """
                      alert:
                        webhook: {url: "http://h/", secret: "${NOT_SET}"}
                      """))
        .containsExactly("earshot.yml:7: alert.webhook.secret: the environment has no NOT_SET");
  }

  @Test
  void read_ofAFileThatIsNotThere_saysSo() {
    Path missing = folder.resolve("missing.yml");
    ConfigurationException failure =
        catchThrowableOfType(
            ConfigurationException.class, () -> ConfigurationFile.read(missing, _ -> null));
    assertThat(failure.lines()).containsExactly(missing + ": there is no such file");
  }

  @Test
  void read_ofTheExampleThatIsInstalled_givesTheDefaults() throws Exception {
    Path example = REPOSITORY.resolve("deploy/src/dist/conf/earshot.yml");
    Configuration read = ConfigurationFile.read(example, _ -> null).configuration();

    assertThat(read.capture().interfaces()).containsExactly("eth1");
    assertThat(read.output().elasticsearch()).isNotNull();
    assertThat(read.flows()).isEqualTo(FlowLimits.DEFAULT);
  }

  /** What the example shows behind "# " is right, too: each such line is a key with its default. */
  @Test
  void read_ofTheExample_namesEveryKeyWithItsDefault() throws Exception {
    Path example = REPOSITORY.resolve("deploy/src/dist/conf/earshot.yml");
    Map<String, String> keys = ConfigurationFile.read(example, _ -> null).keys();
    Map<String, String> shown = new TreeMap<>();
    Pattern line = Pattern.compile("( *)(?:# )?( *)([a-z_]+):(?: (.*))?");
    String[] path = new String[8];
    for (String text : Files.readAllLines(example)) {
      Matcher matcher = line.matcher(text);
      if (matcher.matches()) {
        int level = (matcher.group(1).length() + matcher.group(2).length()) / 2;
        path[level] = matcher.group(3);
        String key = String.join(".", Arrays.asList(path).subList(0, level + 1));
        shown.put(key, matcher.group(4) == null ? "" : matcher.group(4));
      }
    }
    assertThat(shown.keySet()).containsAll(keys.keySet());
    keys.forEach(
        (key, usual) -> {
          if (!usual.isEmpty()) {
            assertThat(shown.get(key)).as(key).isEqualTo(usual);
          }
        });
  }

  @Test
  void table_inTheReadme_hasEveryKeyWithItsDefault() throws Exception {
    Map<String, String> keys = file(LEAST).keys();
    Pattern row = Pattern.compile("\\| `([a-z_.]+)` \\| (?:`(.*?)`)?.*\\|.*\\|");
    Map<String, String> shown = new TreeMap<>();
    for (String line : Files.readAllLines(REPOSITORY.resolve("README.md"))) {
      Matcher matcher = row.matcher(line);
      if (matcher.matches() && keys.containsKey(matcher.group(1))) {
        shown.put(matcher.group(1), matcher.group(2) == null ? "" : matcher.group(2));
      }
    }
    assertThat(shown).isEqualTo(new TreeMap<>(keys));
  }

  @Test
  void changed_afterARotatedSecretAndAThreshold_namesBothKeys() throws Exception {
    Path secret = folder.resolve("hook");
    Files.writeString(secret, "old");
    String yaml = LEAST + "alert:\n  webhook: {url: \"http://h/\", secret: file:hook}\n";
    ConfigurationFile before = file(yaml);
    Files.writeString(secret, "new");
    ConfigurationFile after = file(yaml + "  open_after: 1m\n");

    assertThat(before.changed(after)).isEqualTo(Set.of("alert.webhook.secret", "alert.open_after"));
    assertThat(before.changed(before)).isEmpty();
  }

  @Test
  void quantity_ofEachUnit_isThatManyBytesOrMilliseconds() {
    assertThat(
            List.of("1B", "1KB", "1MB", "1GB", "1KiB", "1MiB", "1 GiB").stream()
                .map(Quantity::bytes))
        .containsExactly(1L, 1_000L, 1_000_000L, 1_000_000_000L, 1L << 10, 1L << 20, 1L << 30);
    assertThat(
            List.of("1ms", "1s", "1m", "1h", "1 d").stream()
                .map(t -> Quantity.duration(t).toMillis()))
        .containsExactly(1L, 1_000L, 60_000L, 3_600_000L, 86_400_000L);
  }

  private Configuration parse(String yaml) throws ConfigurationException {
    return file(yaml).configuration();
  }

  private ConfigurationFile file(String yaml) throws ConfigurationException {
    return ConfigurationFile.parse("earshot.yml", yaml, folder, Map.of("HOOK", "hook-secret")::get);
  }

  private List<String> problems(String yaml) {
    return catchThrowableOfType(ConfigurationException.class, () -> parse(yaml)).lines();
  }

  @Test
  void parse_ofAKeyForPseudonymsThatIsNone_saysHowToMakeOneAndQuotesNothing() throws Exception {
    Files.writeString(folder.resolve("pseudonyms"), "not-a-key-at-all\n");
    String usual = "capture: {interfaces: [eth1]}\noutput: {files: {directory: out}}\n";
    for (String given : List.of("file:pseudonyms", PSEUDONYM_KEY)) {
      assertThatExceptionOfType(ConfigurationException.class)
          .isThrownBy(() -> parse(usual + "privacy: {pseudonym_key: '" + given + "'}\n"))
          .satisfies(
              e ->
                  assertThat(String.join("\n", e.lines()))
                      .contains("privacy.pseudonym_key")
                      .doesNotContain("not-a-key", PSEUDONYM_KEY));
    }
  }
}
