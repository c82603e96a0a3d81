package io.earshot.sensor.cli;

import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.PcapDirectory;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A capture file or a folder of them, as commands take it. */
final class CaptureInput {
  @Option(
      names = "--pcap",
      paramLabel = "FILE",
      description = "Capture file, pcap or pcapng; - is standard input.")
  @Nullable Path pcap;

  @Option(names = "--dir", paramLabel = "DIR", description = "Folder of capture files.")
  @Nullable Path dir;

  /** The files, sorted; where a folder is given its captures. */
  List<Path> files(boolean recursive) throws CaptureException {
    if (pcap != null) {
      return List.of(pcap);
    }
    if (dir != null) {
      return PcapDirectory.list(dir, recursive);
    }
    return List.of();
  }

  /** The file as it is named in output: relative to the folder, else its own name. */
  String label(Path file) {
    if (dir != null) {
      return dir.relativize(file).toString();
    }
    Path name = file.getFileName();
    return name == null ? file.toString() : name.toString();
  }
}
