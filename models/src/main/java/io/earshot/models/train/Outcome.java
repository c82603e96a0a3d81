package io.earshot.models.train;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.Verdict;
import org.jspecify.annotations.Nullable;

/**
 * What was true and what was answered, for one window or one session.
 *
 * @param session it belongs to
 * @param link access link or its profile
 * @param profile kind of client
 * @param truth the class that was playing; null where unknown is the right answer (cached, paused)
 * @param verdict the answer
 * @param weight above 0
 */
public record Outcome(
    String session,
    String link,
    String profile,
    @Nullable QualityClass truth,
    Verdict verdict,
    double weight) {}
