package io.earshot.sensor.capture;

import static io.earshot.sensor.capture.CaptureFormat.unreadable;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The captures of a folder, in the order in which they are analysed.
 *
 * <p>A capture is a regular file whose name ends in {@code .pcap}, {@code .pcapng}, {@code .cap} or
 * {@code .dmp}, in any case, possibly followed by the number that a rotating writer appends ({@code
 * x.pcap3}, {@code x.pcap.3}) and by {@code .gz} or {@code .zst}. Order is by path; the files of
 * one rotation follow their number, so that {@code x.pcap2} comes before {@code x.pcap10}. Hidden
 * files are left out.
 */
public final class PcapDirectory {
  private static final Pattern NAME =
      Pattern.compile(
          "(?<base>[^.].*\\.(?:pcap|pcapng|cap|dmp))(?:\\.?(?<number>\\d+))?(?:\\.(?:gz|zst))?",
          Pattern.CASE_INSENSITIVE);

  private static final Comparator<Entry> ORDER =
      Comparator.comparing(Entry::base).thenComparing(Entry::number).thenComparing(Entry::path);

  private record Entry(Path path, Path base, BigInteger number) {}

  private PcapDirectory() {}

  /**
   * Lists the captures.
   *
   * @param recursive whether folders inside are searched too; links to folders are not followed
   * @throws CaptureException UNREADABLE where the folder is missing, may not be read or holds no
   *     capture
   */
  public static List<Path> list(Path folder, boolean recursive) throws CaptureException {
    if (!Files.exists(folder)) {
      throw unreadable(folder + " does not exist");
    }
    if (!Files.isDirectory(folder)) {
      throw unreadable(folder + " is not a folder");
    }
    List<Entry> entries = new ArrayList<>();
    try {
      collect(folder, recursive, entries);
    } catch (IOException | DirectoryIteratorException e) {
      throw new CaptureException(
          CaptureException.Kind.UNREADABLE, folder + " cannot be listed: " + e.getMessage(), e);
    }
    List<Path> captures = entries.stream().sorted(ORDER).map(Entry::path).toList();
    if (captures.isEmpty()) {
      throw unreadable(
          folder + " holds no capture (files named *.pcap, *.pcapng, *.cap or *.dmp are read)");
    }
    return captures;
  }

  private static void collect(Path folder, boolean recursive, List<Entry> entries)
      throws IOException {
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder)) {
      for (Path path : paths) {
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          if (recursive) {
            collect(path, true, entries);
          }
        } else if (Files.isRegularFile(path)) {
          Matcher matcher = NAME.matcher(String.valueOf(path.getFileName()));
          if (matcher.matches()) {
            String digits = matcher.group("number");
            BigInteger number = digits == null ? BigInteger.ONE.negate() : new BigInteger(digits);
            entries.add(new Entry(path, path.resolveSibling(matcher.group("base")), number));
          }
        }
      }
    }
  }
}
