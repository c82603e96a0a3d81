package io.earshot.sensor.capture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PcapDirectoryTest {
  @TempDir Path folder;

  @Test
  void list_mixedFolder_givesCapturesInOrder() throws Exception {
    touch(
        "b.pcap",
        "b.pcap.gz",
        "a.PCAPNG",
        "c.cap",
        "d.dmp",
        "x.pcap10",
        "x.pcap2",
        "x.pcap",
        "x.pcap.11",
        "notes.txt",
        "b.pcap.bz2",
        "pcap",
        ".hidden.pcap",
        "e.pcap.part",
        "inner/z.pcap");

    assertThat(PcapDirectory.list(folder, false).stream().map(this::relative))
        .containsExactly(
            "a.PCAPNG",
            "b.pcap",
            "b.pcap.gz",
            "c.cap",
            "d.dmp",
            "x.pcap",
            "x.pcap2",
            "x.pcap10",
            "x.pcap.11");
  }

  @Test
  void list_recursive_goesIntoFoldersInPathOrder() throws Exception {
    touch("b.pcap", "a/2.pcap", "a/1.pcap", "c/d/e.pcapng", "folder.pcap/x.cap");

    assertThat(PcapDirectory.list(folder, true).stream().map(this::relative))
        .containsExactly("a/1.pcap", "a/2.pcap", "b.pcap", "c/d/e.pcapng", "folder.pcap/x.cap");
  }

  @Test
  void list_linkToTheFolder_isFollowed() throws Exception {
    touch("real/a.pcap");
    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("real"));

    assertThat(PcapDirectory.list(link, true)).containsExactly(link.resolve("a.pcap"));
  }

  @Test
  void list_nothingToRead_saysWhatIsWrong() throws Exception {
    touch("a.txt", "inner/a.pcap");

    assertThatThrownBy(() -> PcapDirectory.list(folder, false))
        .isInstanceOf(CaptureException.class)
        .hasMessageContaining("holds no capture");
    assertThatThrownBy(() -> PcapDirectory.list(folder.resolve("none"), false))
        .isInstanceOf(CaptureException.class)
        .hasMessageEndingWith("none does not exist");
    assertThatThrownBy(() -> PcapDirectory.list(folder.resolve("a.txt"), false))
        .isInstanceOf(CaptureException.class)
        .hasMessageEndingWith("a.txt is not a folder");
  }

  private void touch(String... names) throws IOException {
    for (String name : names) {
      Path path = folder.resolve(name);
      Files.createDirectories(path.resolveSibling("."));
      Files.createFile(path);
    }
  }

  private String relative(Path path) {
    return folder.relativize(path).toString().replace('\\', '/');
  }
}
