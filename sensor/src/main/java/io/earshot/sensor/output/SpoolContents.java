package io.earshot.sensor.output;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * What waits in a spool that no process uses.
 *
 * @param documents how many
 * @param bytes of their JSON
 * @param byDataStream how many for each data stream
 */
public record SpoolContents(long documents, long bytes, Map<String, Long> byDataStream) {
  public SpoolContents {
    byDataStream = Map.copyOf(byDataStream);
  }

  /**
   * Reads the spool in that folder and changes nothing.
   *
   * @throws DeliveryException when it cannot be read, or a process uses it
   */
  public static SpoolContents of(Path folder) throws DeliveryException {
    Map<String, Long> byDataStream = new TreeMap<>();
    long[] sums = {0, 0};
    if (Files.exists(folder.resolve(Spool.FILE))) {
      Spool.visit(
          folder,
          document -> {
            sums[0]++;
            sums[1] += document.json().length;
            byDataStream.merge(document.dataStream(), 1L, Long::sum);
          });
    }
    return new SpoolContents(sums[0], sums[1], byDataStream);
  }
}
