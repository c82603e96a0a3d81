package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.enrichment.place.PlaceFiles;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files of places are taken over while the sensor runs: told to, and when they change. */
class PlaceWatchTest {
  @TempDir Path folder;
  private final BlockingQueue<String> taken = new LinkedBlockingQueue<>();
  private final BlockingQueue<String> trouble = new LinkedBlockingQueue<>();

  @Test
  void run_ofAFileThatIsNamedChangesAndBreaks_followsItAndKeepsTheLastGoodOne() throws Exception {
    Path sites = Files.writeString(folder.resolve("sites.csv"), "site,network\nA,10.0.0.0/8\n");
    PlaceFiles files = new PlaceFiles(new PlaceFiles.Notices(taken::add, trouble::add));
    PlaceWatch watch = new PlaceWatch(files);
    Thread thread = Thread.ofPlatform().daemon().start(watch);
    try {
      watch.use(new PlaceFiles.Settings(sites, null, null, null));
      assertThat(taken.poll(30, TimeUnit.SECONDS)).contains("places.sites: 1 lines of " + sites);
      assertThat(site(files)).isEqualTo("A");

      replace(sites, "site,network\nB,10.0.0.0/8\nC,10.1.0.0/16\n");
      assertThat(taken.poll(30, TimeUnit.SECONDS)).contains("places.sites: 2 lines of " + sites);
      assertThat(site(files)).isEqualTo("B");

      replace(sites, "half of a li");
      assertThat(trouble.poll(30, TimeUnit.SECONDS))
          .contains(sites + " line 1: the column site is missing", "what was known before stays");
      assertThat(site(files)).isEqualTo("B");
      assertThat(files.stats().getFirst().current()).isFalse();
    } finally {
      thread.interrupt();
    }
    assertThat(thread.join(java.time.Duration.ofSeconds(30))).isTrue();
  }

  private void replace(Path file, String content) throws Exception {
    Path beside = Files.writeString(folder.resolve("next"), content);
    Files.move(
        beside,
        file,
        java.nio.file.StandardCopyOption.ATOMIC_MOVE,
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  private static String site(PlaceFiles files) {
    return files.ask(p -> p.site(InetAddress.ofLiteral("10.0.0.1"), -1, -1)).orElse("");
  }
}
