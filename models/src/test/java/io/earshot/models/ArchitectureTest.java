package io.earshot.models;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** What is known about quality knows neither packets nor the stack. */
class ArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.earshot.models");

  @Test
  void models_knowNoOtherModule() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.earshot.sensor..", "io.earshot.enrichment..", "io.earshot.kibana..")
        .check(CLASSES);
  }

  @Test
  void smile_isOnlyForTheClassifierAndTheTrainer() {
    noClasses()
        .that()
        .resideOutsideOfPackages("io.earshot.models.classify..", "io.earshot.models.train..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("smile..")
        .check(CLASSES);
  }

  @Test
  void features_knowNoModel() {
    noClasses()
        .that()
        .resideInAPackage("io.earshot.models.feature..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.earshot.models.classify..",
            "io.earshot.models.train..",
            "io.earshot.models.simulate..")
        .check(CLASSES);
  }

  @Test
  void classifier_knowsNoTraining() {
    noClasses()
        .that()
        .resideInAPackage("io.earshot.models.classify..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.earshot.models.train..", "io.earshot.models.simulate..")
        .check(CLASSES);
  }

  /** A simulator that knew what the classifier looks at would teach to the test. */
  @Test
  void simulator_knowsNoFeatures() {
    noClasses()
        .that()
        .resideInAPackage("io.earshot.models.simulate..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "io.earshot.models.feature..",
            "io.earshot.models.classify..",
            "io.earshot.models.train..")
        .check(CLASSES);
  }

  @Test
  void packages_areFreeOfCycles() {
    slices().matching("io.earshot.models.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void wallClock_isUnknown() {
    noClasses()
        .should()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(Instant.class, "now")
        .check(CLASSES);
  }

  @Test
  void standardStreams_areUntouched() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void names_sayWhatAClassIsFor() {
    noClasses()
        .should()
        .haveNameMatching(".*(Util|Utils|Helper|Manager|Impl|Common)")
        .check(CLASSES);
  }
}
