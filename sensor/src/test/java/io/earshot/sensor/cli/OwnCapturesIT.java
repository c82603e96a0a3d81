package io.earshot.sensor.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.simulate.SessionSpec;
import io.earshot.models.simulate.SessionWishes;
import io.earshot.models.simulate.SimulatedDataset;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a folder of labelled captures to a model and its report, as the README tells it. */
class OwnCapturesIT {
  private static final int SESSIONS = 40;

  @TempDir Path folder;

  @Test
  void ownCaptures_trainedWithSimulatedOnes_areTheSameBytesAgainAndEvaluated() throws Exception {
    Path captures = folder.resolve("captures");
    SimulatedDataset.write(
        captures,
        SESSIONS,
        5,
        new SimulatedDataset.Options(SessionSpec.HEADERS_ONLY, false, SessionWishes.NONE, _ -> {}));
    List<String> plain = new ArrayList<>(List.of("file,label"));
    for (String line :
        Files.readAllLines(captures.resolve("labels.csv")).subList(1, SESSIONS + 1)) {
      String[] cells = line.split(",", -1);
      plain.add(cells[0] + "," + cells[5]);
    }
    Files.write(captures.resolve("labels.csv"), plain);

    run("train", captures, folder.resolve("one"));
    run("train", captures, folder.resolve("two"));
    Path bundle = folder.resolve("one/own-7");
    for (String file : new String[] {"model.bin", "manifest.json", "MODEL_CARD.md"}) {
      assertThat(bundle.resolve(file))
          .hasSameBinaryContentAs(folder.resolve("two/own-7").resolve(file));
    }

    assertThat(Files.readString(bundle.resolve("manifest.json")))
        .contains(
            "\"training_command\" : \"earshot train --dataset captures --simulate 60 --trees 10"
                + " --name own --bundle-version 7\"");

    Path page = folder.resolve("report.html");
    String said =
        execute(
            "evaluate",
            "--dataset",
            captures.toString(),
            "--model",
            bundle.toString(),
            "--report",
            page.toString());
    assertThat(said)
        .contains("own 7 on 40 labelled captures")
        .contains("first audio object fetched (native)")
        .contains("windows classified per second and core")
        .contains("not measured")
        .contains("drift of the features: ", "streams with evidence are too few to tell");
    assertThat(Files.readString(page))
        .contains("Figures and their targets", "Reliability", "class=\"heat\"")
        .contains("baseline rule");
    Chromium.require();
    assertThat(Chromium.dom(page)).containsPattern("data-charts=\"[3-9]").contains("<canvas");
  }

  private void run(String command, Path captures, Path out) throws Exception {
    String said =
        execute(
            command,
            "--dataset",
            captures.toString(),
            "--simulate",
            "60",
            "--trees",
            "10",
            "--name",
            "own",
            "--bundle-version",
            "7",
            "--out",
            out.toString());
    assertThat(said).contains("on groups held out from its training", "own-7");
  }

  private static String execute(String... args) throws Exception {
    PrintStream stdout = System.out;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
    try {
      assertThat(Earshot.execute(args)).isZero();
    } finally {
      System.setOut(stdout);
    }
    return said.toString(StandardCharsets.UTF_8);
  }
}
