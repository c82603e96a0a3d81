package io.earshot.sensor.dataset;

import io.earshot.models.QualityClass;
import io.earshot.sensor.document.AddressText;
import java.io.IOException;
import java.io.Reader;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVRecord;
import org.jspecify.annotations.Nullable;

/**
 * A folder of captures with a {@code labels.csv}, a {@code timeline.csv}, or both.
 *
 * <p>{@code labels.csv} needs the columns {@code file,label}; {@code
 * session,link,profile,acceptable} are used where they are there. {@code timeline.csv} has {@code
 * file,client,start_s,label,evidence}: what is playing at a client's address in the second that
 * begins at {@code start_s} of the epoch. Without a {@code labels.csv} the captures are those of
 * the timeline, each labelled with what is playing for most of its seconds.
 *
 * @param captures in the order of the file
 */
public record Dataset(List<RecordedCapture> captures) {
  private static final String UNKNOWN = "unknown";
  private static final CSVFormat CSV =
      CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).setTrim(true).get();

  public Dataset {
    captures = List.copyOf(captures);
  }

  /**
   * Reads the labels; the captures are opened later.
   *
   * @throws DatasetException where a file is missing or a line cannot be understood
   */
  public static Dataset open(Path dir) throws DatasetException {
    Path labels = dir.resolve("labels.csv");
    Path timelineFile = dir.resolve("timeline.csv");
    Map<String, Timeline> timelines = timelines(timelineFile);
    if (!Files.isRegularFile(labels)) {
      if (timelines.isEmpty()) {
        throw new DatasetException(
            labels
                + ": not there; a dataset is a folder of captures with a labels.csv of at least"
                + " the columns file,label, or a timeline.csv of file,client,start_s,label");
      }
      return ofTimelines(dir, timelineFile, timelines);
    }
    List<RecordedCapture> captures = new ArrayList<>();
    for (CSVRecord row : rows(labels)) {
      String file = column(labels, row, "file");
      String label = column(labels, row, "label");
      Path capture = dir.resolve(file);
      if (!Files.isRegularFile(capture)) {
        throw new DatasetException(
            labels + " line " + (row.getRecordNumber() + 1) + ": no capture " + capture);
      }
      QualityClass quality = quality(labels, row, label);
      Set<QualityClass> acceptable = acceptable(labels, row, quality);
      Timeline timeline = timelines.get(file);
      captures.add(
          new RecordedCapture(
              capture,
              new CaptureTruth(
                  optional(row, "session", file),
                  optional(row, "link", file),
                  optional(row, "profile", "real"),
                  quality,
                  acceptable,
                  timeline == null ? TruthTimeline.always(quality, acceptable) : timeline,
                  null)));
    }
    if (captures.isEmpty()) {
      throw new DatasetException(labels + ": holds no capture");
    }
    return new Dataset(captures);
  }

  private static Dataset ofTimelines(Path dir, Path file, Map<String, Timeline> timelines)
      throws DatasetException {
    List<RecordedCapture> captures = new ArrayList<>();
    for (Map.Entry<String, Timeline> entry : timelines.entrySet()) {
      String name = entry.getKey();
      Path capture = dir.resolve(name);
      if (!Files.isRegularFile(capture)) {
        throw new DatasetException(file + ": no capture " + capture);
      }
      QualityClass quality = entry.getValue().majority();
      captures.add(
          new RecordedCapture(
              capture,
              new CaptureTruth(
                  name,
                  name,
                  "real",
                  quality,
                  quality == null ? Set.of() : Set.of(quality),
                  entry.getValue(),
                  null)));
    }
    return new Dataset(captures);
  }

  /** In the order in which the file first names the captures. */
  private static Map<String, Timeline> timelines(Path file) throws DatasetException {
    Map<String, Timeline.Builder> builders = new LinkedHashMap<>();
    if (!Files.isRegularFile(file)) {
      return Map.of();
    }
    for (CSVRecord row : rows(file)) {
      String client = column(file, row, "client");
      long second;
      try {
        second = Long.parseLong(column(file, row, "start_s"));
        client = AddressText.of(InetAddress.ofLiteral(client));
      } catch (IllegalArgumentException e) {
        throw new DatasetException(
            file + " line " + (row.getRecordNumber() + 1) + ": " + e.getMessage(), e);
      }
      builders
          .computeIfAbsent(column(file, row, "file"), _ -> new Timeline.Builder())
          .add(
              client,
              second,
              TruthTimeline.Truth.of(
                  quality(file, row, column(file, row, "label")),
                  optional(row, "evidence", "1").equals("1")));
    }
    Map<String, Timeline> timelines = new LinkedHashMap<>();
    builders.forEach((name, builder) -> timelines.put(name, builder.build()));
    return timelines;
  }

  private static List<CSVRecord> rows(Path file) throws DatasetException {
    try (Reader reader = Files.newBufferedReader(file)) {
      return CSV.parse(reader).getRecords();
    } catch (IOException | RuntimeException e) {
      throw new DatasetException(file + ": cannot be read as CSV: " + e.getMessage(), e);
    }
  }

  private static String column(Path file, CSVRecord row, String name) throws DatasetException {
    if (!row.isSet(name) || row.get(name).isEmpty()) {
      throw new DatasetException(
          file + " line " + (row.getRecordNumber() + 1) + ": no value in column " + name);
    }
    return row.get(name);
  }

  private static String optional(CSVRecord row, String name, String otherwise) {
    return row.isSet(name) && !row.get(name).isEmpty() ? row.get(name) : otherwise;
  }

  private static Set<QualityClass> acceptable(
      Path file, CSVRecord row, @Nullable QualityClass label) throws DatasetException {
    Set<QualityClass> classes = EnumSet.noneOf(QualityClass.class);
    if (label != null) {
      classes.add(label);
    }
    for (String name : optional(row, "acceptable", UNKNOWN).split("\\|", -1)) {
      QualityClass quality = quality(file, row, name);
      if (quality != null) {
        classes.add(quality);
      }
    }
    return classes;
  }

  private static @Nullable QualityClass quality(Path file, CSVRecord row, String label)
      throws DatasetException {
    if (label.equals(UNKNOWN)) {
      return null;
    }
    try {
      return QualityClass.ofLabel(label);
    } catch (IllegalArgumentException e) {
      throw new DatasetException(
          file
              + " line "
              + (row.getRecordNumber() + 1)
              + ": label '"
              + label
              + "' is none of low, normal, high, very_high, lossless, unknown",
          e);
    }
  }
}
