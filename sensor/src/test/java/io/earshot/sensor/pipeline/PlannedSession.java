package io.earshot.sensor.pipeline;

import io.earshot.models.QualityClass;
import io.earshot.models.simulate.ClientProfile;
import io.earshot.models.simulate.LinkSpec;
import io.earshot.models.simulate.SessionGenerator;
import io.earshot.models.simulate.SessionSpec;
import io.earshot.sensor.capture.GeneratedSource;
import io.earshot.sensor.decode.LinkType;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A simulated session that is planned and not drawn: one listener who skips, pauses and caches
 * nothing, so that a test knows what is to be seen.
 *
 * @param seed which tracks are played
 * @param profile kind of client
 * @param quality setting at the start
 * @param change change of the setting, null for none
 * @param link access link
 * @param client address of the listener
 * @param start first captured instant
 * @param length length of the capture
 */
public record PlannedSession(
    long seed,
    ClientProfile profile,
    SessionSpec.Quality quality,
    SessionSpec.@Nullable QualityChange change,
    LinkSpec link,
    String client,
    Instant start,
    Duration length) {

  /** A link that is in nobody's way. */
  public static final LinkSpec FIBRE =
      new LinkSpec(
          "fibre",
          100_000_000,
          50_000_000,
          20_000_000,
          0,
          0,
          0,
          100_000,
          0,
          500_000,
          0.05,
          1448,
          2,
          40_000_000,
          1_000_000,
          true);

  /** A setting that means one class. */
  public static SessionSpec.Quality setting(int kbps, QualityClass label) {
    return new SessionSpec.Quality(kbps, label, List.of(label));
  }

  /** The session's packets. */
  public GeneratedSource open() {
    SessionSpec spec =
        new SessionSpec(
            seed,
            1,
            List.of(
                new SessionSpec.Listener(profile, quality, 0, 0.5, 0, 0, 0, false, false, change)),
            link,
            client,
            start.getEpochSecond() * 1_000_000_000L,
            length.toNanos(),
            new SessionSpec.CaptureQuirks(
                0, false, true, SessionSpec.HEADERS_ONLY, 0, false, false),
            List.of(),
            null);
    return new GeneratedSource(
        profile.label(),
        handler ->
            SessionGenerator.play(
                spec,
                (tsNanos, buffer, capturedBytes, wireBytes) ->
                    handler.onFrame(
                        MemorySegment.ofArray(buffer),
                        0,
                        capturedBytes,
                        wireBytes,
                        tsNanos,
                        LinkType.ETHERNET,
                        0)));
  }
}
