package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.sensor.config.ConfigurationException;
import io.earshot.sensor.config.ConfigurationFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReloadTest {
  private static final String BEFORE =
      """
      capture: {interfaces: [eth1]}
      output:
        elasticsearch:
          urls: ["http://127.0.0.1:9200"]
          spool: {directory: spool}
      alert: {open_after: 2m}
      """;

  @TempDir Path folder;

  private ConfigurationFile file(String yaml) throws IOException, ConfigurationException {
    Path file = folder.resolve("earshot.yml");
    Files.writeString(file, yaml);
    return ConfigurationFile.read(file, _ -> null);
  }

  @Test
  void between_theSameFile_changesNothing() throws Exception {
    Reload reload = Reload.between(file(BEFORE), file(BEFORE));
    assertThat(reload.taken()).isEmpty();
    assertThat(reload.restart()).isEmpty();
  }

  @Test
  void between_aFileWithManyChanges_tellsWhatIsTakenOverAndWhatNeedsARestart() throws Exception {
    ConfigurationFile before = file(BEFORE);
    ConfigurationFile wanted =
        file(
            BEFORE
                    .replace("[eth1]", "[eth2], ring: 4096")
                    .replace("127.0.0.1", "127.0.0.2")
                    .replace("directory: spool", "directory: other")
                    .replace("2m", "3m")
                + "log: {level: debug}\nsensor: {name: new}\nwindows: {length: 20s}\n");
    Reload reload = Reload.between(before, wanted);

    assertThat(reload.taken())
        .containsExactly("alert.open_after", "log.level", "output.elasticsearch.urls");
    assertThat(reload.restart())
        .containsExactly(
            "capture.interfaces",
            "capture.ring",
            "output.elasticsearch.spool.directory",
            "sensor.name",
            "windows.length");
    assertThat(reload.takes("alert.")).isTrue();
    assertThat(reload.takes("alert.webhook.")).isFalse();

    Reload again = Reload.between(reload.after(before, wanted), wanted);
    assertThat(again.taken()).as("taken over already").isEmpty();
    assertThat(again.restart()).as("still waits for a restart").isEqualTo(reload.restart());
  }

  @Test
  void between_aFileWithoutItsCluster_needsARestart() throws Exception {
    ConfigurationFile before = file(BEFORE);
    ConfigurationFile wanted =
        file("capture: {interfaces: [eth1]}\noutput: {files: {directory: out}}\n");
    Reload reload = Reload.between(before, wanted);
    assertThat(reload.taken()).containsExactly("alert.open_after");
    assertThat(reload.restart())
        .containsExactly(
            "output.elasticsearch.spool.directory",
            "output.elasticsearch.urls",
            "output.files.directory");
  }

  /** A key that were exchanged meanwhile would cut every stream in two. */
  @Test
  void between_filesWithPlacesAndAnotherKey_takesPlacesAndWaitsWithTheKey() throws Exception {
    String key = "1522178d33a4cf80130a5b1649907d10d8988f837979652762574c2d2a842202";
    Files.writeString(folder.resolve("key"), key);
    ConfigurationFile before = file(BEFORE + "privacy: {pseudonym_key: 'file:key'}\n");
    Files.writeString(folder.resolve("key"), key.replace('1', 'a'));
    ConfigurationFile wanted =
        file(BEFORE + "privacy: {pseudonym_key: 'file:key'}\nplaces: {sites: sites.csv}\n");
    Reload reload = Reload.between(before, wanted);

    assertThat(reload.taken()).containsExactly("places.sites");
    assertThat(reload.restart()).containsExactly("privacy.pseudonym_key");
  }
}
