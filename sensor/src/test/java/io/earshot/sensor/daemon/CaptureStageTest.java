package io.earshot.sensor.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.sensor.capture.CaptureException;
import io.earshot.sensor.capture.FrameHandler;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.decode.LinkType;
import io.earshot.sensor.pipeline.PipelineSettings;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** A capture thread's work on generated frames, by the test's own thread. */
class CaptureStageTest {
  private static final long SEED = 233;
  private static final long TWO_HOURS = Duration.ofHours(2).toNanos();

  @SuppressWarnings("NullAway.Init") // made by the test
  private CaptureStage stage;

  private long seenAfterTheStep;

  private static long play(FrameHandler handler, long shiftNanos) {
    long[] frames = new long[1];
    SessionGenerator.play(
        SessionGenerator.draw(SEED, 1, ClientProfile.WEB_H1),
        (tsNanos, buffer, capturedBytes, wireBytes) -> {
          handler.onFrame(
              MemorySegment.ofArray(buffer),
              0,
              capturedBytes,
              wireBytes,
              tsNanos + shiftNanos,
              LinkType.ETHERNET,
              0);
          frames[0]++;
        });
    return frames[0];
  }

  @Test
  void run_afterTheClockWasSetBack_goesOnPublishing() throws CaptureException {
    long[] before = new long[1];
    GeneratedSource source =
        new GeneratedSource(
            "eth1",
            handler -> {
              before[0] = play(handler, 0);
              play(handler, -TWO_HOURS);
              seenAfterTheStep = stage.figures().counters().framesReceived();
              stage.stop();
            });
    stage =
        new CaptureStage(
            "eth1",
            0,
            0,
            () -> source,
            PipelineSettings.offline("test", PipelineSettings.DEFAULT_WINDOW),
            new SampleRing(1 << 10),
            InstantSource.system());

    stage.run();

    assertThat(seenAfterTheStep).isGreaterThan(before[0]);
    assertThat(stage.figures().counters().framesReceived()).isEqualTo(2 * before[0]);
  }
}
