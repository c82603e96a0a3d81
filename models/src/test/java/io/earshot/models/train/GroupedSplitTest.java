package io.earshot.models.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.earshot.models.QualityClass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class GroupedSplitTest {
  @Test
  void split_anySeed_sharesNeitherSessionNorLink() {
    List<LabelledWindow> windows = Windows.make(1, 120);
    for (long seed = 0; seed < 50; seed++) {
      GroupedSplit.Parts parts = GroupedSplit.split(windows, Grouping.SESSION_AND_LINK, seed);

      assertDisjoint(parts, LabelledWindow::session);
      assertDisjoint(parts, LabelledWindow::link);
      assertThat(all(parts)).containsExactlyInAnyOrderElementsOf(windows);
    }
  }

  @Test
  void split_sessionsThatChangeLinks_joinThem() {
    Random random = new Random(3);
    List<LabelledWindow> windows = new ArrayList<>();
    for (int s = 0; s < 60; s++) {
      QualityClass label = Windows.label(s);
      windows.add(Windows.window("s" + s, "l" + s, label, 1.0));
      if (random.nextInt(3) == 0) {
        windows.add(Windows.window("s" + s, "l" + (s + 1) % 60, label, 1.0));
      }
    }

    GroupedSplit.Parts parts = GroupedSplit.split(windows, Grouping.SESSION_AND_LINK, 5);

    assertThat(parts.groups()).isLessThan(60);
    assertDisjoint(parts, LabelledWindow::session);
    assertDisjoint(parts, LabelledWindow::link);
  }

  @Test
  void split_shares_areAboutSixtyFiveFifteenTwenty() {
    GroupedSplit.Parts parts =
        GroupedSplit.split(Windows.make(1, 480), Grouping.SESSION_AND_LINK, 1);

    assertThat(parts.train().size() / 3840.0).isBetween(0.6, 0.7);
    assertThat(parts.calibration().size() / 3840.0).isBetween(0.1, 0.2);
    assertThat(parts.test().size() / 3840.0).isBetween(0.15, 0.25);
  }

  @Test
  void split_otherOrderOfWindows_givesTheSameSides() {
    List<LabelledWindow> windows = Windows.make(1, 120);
    List<LabelledWindow> shuffled = new ArrayList<>(windows);
    Collections.shuffle(shuffled, new Random(9));

    GroupedSplit.Parts one = GroupedSplit.split(windows, Grouping.SESSION_AND_LINK, 4);
    GroupedSplit.Parts two = GroupedSplit.split(shuffled, Grouping.SESSION_AND_LINK, 4);

    assertThat(keys(two.test(), LabelledWindow::session))
        .isEqualTo(keys(one.test(), LabelledWindow::session));
  }

  @Test
  void split_otherSeed_givesOtherSides() {
    List<LabelledWindow> windows = Windows.make(1, 120);

    assertThat(
            keys(
                GroupedSplit.split(windows, Grouping.SESSION_AND_LINK, 1).test(),
                LabelledWindow::link))
        .isNotEqualTo(
            keys(
                GroupedSplit.split(windows, Grouping.SESSION_AND_LINK, 2).test(),
                LabelledWindow::link));
  }

  @Test
  void split_singleLink_isRefusedUnlessGroupedBySession() {
    List<LabelledWindow> windows = new ArrayList<>();
    for (int s = 0; s < 12; s++) {
      windows.add(Windows.window("s" + s, "home", Windows.label(s), 1.0));
    }

    assertThatThrownBy(() -> GroupedSplit.split(windows, Grouping.SESSION_AND_LINK, 1))
        .hasMessageContaining("1 independent groups")
        .hasMessageContaining("group by session alone");
    assertDisjoint(GroupedSplit.split(windows, Grouping.SESSION, 1), LabelledWindow::session);
  }

  @Test
  void split_classInTheTestPartOnly_neverHappens() {
    List<LabelledWindow> windows = new ArrayList<>(Windows.make(1, 72));
    windows.add(Windows.window("rare", "rare-link", QualityClass.LOSSLESS, 50.0));
    for (long seed = 0; seed < 30; seed++) {
      assertThat(GroupedSplit.split(windows, Grouping.SESSION_AND_LINK, seed).train())
          .anyMatch(window -> window.label() == QualityClass.LOSSLESS);
    }
  }

  @Test
  void folds_anyTwo_shareNeitherSessionNorLink() {
    List<LabelledWindow> windows = Windows.make(1, 120);
    List<List<LabelledWindow>> folds = GroupedSplit.folds(windows, Grouping.SESSION_AND_LINK, 5, 1);

    assertThat(folds).hasSize(5);
    assertThat(folds.stream().mapToInt(List::size).sum()).isEqualTo(windows.size());
    for (int i = 0; i < folds.size(); i++) {
      assertThat(folds.get(i)).isNotEmpty();
      for (int j = i + 1; j < folds.size(); j++) {
        assertThat(keys(folds.get(i), LabelledWindow::link))
            .doesNotContainAnyElementsOf(keys(folds.get(j), LabelledWindow::link));
      }
    }
  }

  private static void assertDisjoint(
      GroupedSplit.Parts parts, Function<LabelledWindow, String> key) {
    Set<String> train = keys(parts.train(), key);
    Set<String> calibration = keys(parts.calibration(), key);
    Set<String> test = keys(parts.test(), key);
    assertThat(train).isNotEmpty().doesNotContainAnyElementsOf(test);
    assertThat(calibration).isNotEmpty().doesNotContainAnyElementsOf(train);
    assertThat(test).isNotEmpty().doesNotContainAnyElementsOf(calibration);
  }

  private static List<LabelledWindow> all(GroupedSplit.Parts parts) {
    List<LabelledWindow> all = new ArrayList<>(parts.train());
    all.addAll(parts.calibration());
    all.addAll(parts.test());
    return all;
  }

  private static Set<String> keys(
      List<LabelledWindow> windows, Function<LabelledWindow, String> key) {
    return windows.stream().map(key).collect(Collectors.toSet());
  }
}
