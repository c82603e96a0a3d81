package io.earshot.models.train;

import io.earshot.models.QualityClass;
import io.earshot.models.classify.OperatingThresholds;
import io.earshot.models.feature.FeatureDefinition;
import io.earshot.models.feature.FeatureGroup;
import io.earshot.models.feature.FeatureSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Made-up windows: sessions of 8 windows on 24 links, three classes that overlap a little. */
final class Windows {
  static final FeatureSchema SCHEMA =
      new FeatureSchema(
          Stream.of("rate", "size", "noise")
              .map(name -> new FeatureDefinition(name, "1", "a number", FeatureGroup.STREAM))
              .toList());

  private static final List<QualityClass> CLASSES =
      List.of(QualityClass.NORMAL, QualityClass.HIGH, QualityClass.VERY_HIGH);

  private Windows() {}

  /** Some class, in turn. */
  static QualityClass label(int i) {
    return CLASSES.get(i % CLASSES.size());
  }

  static List<LabelledWindow> make(long seed, int sessions) {
    Random random = new Random(seed);
    List<LabelledWindow> windows = new ArrayList<>();
    for (int s = 0; s < sessions; s++) {
      int label = s % CLASSES.size();
      String profile = random.nextBoolean() ? "desktop" : "web";
      for (int w = 0; w < 8; w++) {
        windows.add(
            new LabelledWindow(
                "session-" + s,
                "link-" + s % 24,
                profile,
                CLASSES.get(label),
                new double[] {
                  label * 2.5 + random.nextGaussian(),
                  label * label + random.nextGaussian(),
                  random.nextGaussian()
                },
                1.0));
      }
    }
    return windows;
  }

  static LabelledWindow window(String session, String link, QualityClass label, double weight) {
    return new LabelledWindow(session, link, "desktop", label, new double[] {1, 2, 3}, weight);
  }

  static TrainingOptions options(long seed, int folds) {
    return new TrainingOptions(
        "test",
        "1",
        "earshot train --seed " + seed,
        seed,
        20,
        3,
        5,
        0.1,
        0.7,
        10_000,
        1.0,
        folds,
        400,
        Grouping.SESSION_AND_LINK,
        OperatingThresholds.standard());
  }
}
