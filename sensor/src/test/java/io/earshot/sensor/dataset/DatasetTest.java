package io.earshot.sensor.dataset;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DatasetTest {
  @TempDir Path folder;

  @Test
  void open_twoColumns_areEnough() throws Exception {
    capture("a.pcap");
    write("labels.csv", "file,label\na.pcap,very_high\n");

    RecordedCapture capture = Dataset.open(folder).captures().getFirst();

    CaptureTruth truth = capture.truth();
    assertThat(truth.label()).isEqualTo(QualityClass.VERY_HIGH);
    assertThat(truth.session()).isEqualTo("a.pcap");
    assertThat(truth.profile()).isEqualTo("real");
    assertThat(capture.link()).isEqualTo("a.pcap");
    assertThat(truth.milestones()).isNull();
    assertThat(truth.timeline().at("192.0.2.1", 5))
        .isEqualTo(TruthTimeline.Truth.of(QualityClass.VERY_HIGH, true));
  }

  @Test
  void open_timelineAlone_labelsWithTheMajority() throws Exception {
    capture("b.pcap");
    write(
        "timeline.csv",
        """
        file,client,start_s,label,evidence
        b.pcap,192.0.2.1,100,low,0
        b.pcap,192.0.2.1,101,high,1
        b.pcap,192.0.2.1,102,high,1
        b.pcap,192.0.2.1,103,low,1
        """);

    CaptureTruth truth = Dataset.open(folder).captures().getFirst().truth();

    assertThat(truth.label()).isEqualTo(QualityClass.HIGH);
    assertThat(truth.timeline().at("192.0.2.1", 103_500_000_000L))
        .isEqualTo(TruthTimeline.Truth.of(QualityClass.LOW, true));
    assertThat(truth.timeline().at("192.0.2.1", 104_000_000_000L)).isNull();
    assertThat(truth.timeline().at("192.0.2.9", 103_000_000_000L)).isNull();
  }

  @Test
  void open_unknownLabel_meansThatNothingCanBeKnown() throws Exception {
    capture("a.pcap");
    write("labels.csv", "file,label\na.pcap,unknown\n");

    CaptureTruth truth = Dataset.open(folder).captures().getFirst().truth();

    assertThat(truth.label()).isNull();
    assertThat(truth.acceptable()).isEmpty();
  }

  @Test
  void open_acceptableLabels_areRead() throws Exception {
    capture("a.pcap");
    write("labels.csv", "file,label,acceptable\na.pcap,low,low|normal\n");

    assertThat(Dataset.open(folder).captures().getFirst().truth().acceptable())
        .containsExactlyInAnyOrder(QualityClass.LOW, QualityClass.NORMAL);
  }

  @Test
  void open_mistakes_nameFileLineAndWhatIsAllowed() throws Exception {
    assertRefused("labels.csv: not there", "file,label", "timeline.csv");

    write("labels.csv", "file,label\nmissing.pcap,low\n");
    assertRefused("labels.csv line 2: no capture", "missing.pcap");

    capture("a.pcap");
    write("labels.csv", "file,label\na.pcap,superb\n");
    assertRefused("line 2: label 'superb' is none of low, normal, high, very_high, lossless");

    write("labels.csv", "file,label\na.pcap,\n");
    assertRefused("line 2: no value in column label");

    write("labels.csv", "file,label\na.pcap,low\n");
    write("timeline.csv", "file,client,start_s,label\na.pcap,nobody.example,1,low\n");
    assertRefused("timeline.csv line 2");
  }

  private void assertRefused(String... parts) {
    assertThatThrownBy(() -> Dataset.open(folder))
        .isInstanceOf(DatasetException.class)
        .hasMessageContainingAll(parts);
  }

  private void capture(String name) throws IOException {
    write(name, "");
  }

  private void write(String name, String text) throws IOException {
    Files.writeString(folder.resolve(name), text);
  }
}
