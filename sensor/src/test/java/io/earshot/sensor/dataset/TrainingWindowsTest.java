package io.earshot.sensor.dataset;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.classify.ModelBundle;
import io.earshot.sensor.pipeline.PipelineSettings;
import org.junit.jupiter.api.Test;

class TrainingWindowsTest {
  private final PipelineSettings settings =
      PipelineSettings.offline("earshot", PipelineSettings.DEFAULT_WINDOW);

  @Test
  void of_oneCaptureOfMany_teachesTheOthersNothing() throws Exception {
    for (LabelledCapture capture : SimulatedCapture.draw(1, 1, 5)) {
      TrainingWindows.of(capture, settings);
    }
    for (LabelledCapture capture : SimulatedCapture.draw(1, 1, 5)) {
      JudgedSession.of(capture, settings, ModelBundle.shipped());
    }

    assertThat(settings.endpoints().all()).isEmpty();
  }
}
