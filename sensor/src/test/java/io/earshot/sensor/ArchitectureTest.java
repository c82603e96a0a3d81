package io.earshot.sensor;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.earshot.sensor.capture.FrameHandler;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Dependencies between the packages follow the packet. */
class ArchitectureTest {
  private static final String ROOT = "io.earshot.sensor.";

  /** A package may know those before it. */
  private static final List<String> PATH_OF_A_PACKET =
      List.of(
          "capture",
          "decode",
          "flow",
          "identify",
          "stream",
          "window",
          "document",
          "alert",
          "pipeline",
          "dataset",
          "output",
          "config",
          "metrics",
          "daemon",
          "cli");

  private static final Set<String> CLOCK_METHODS =
      Set.of(
          "java.lang.System.currentTimeMillis",
          "java.lang.System.nanoTime",
          "java.time.Instant.now",
          "java.time.LocalDate.now",
          "java.time.LocalDateTime.now",
          "java.time.OffsetDateTime.now",
          "java.time.ZonedDateTime.now");

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.earshot.sensor");

  @TestFactory
  Stream<DynamicTest> packages_onThePathOfAPacket_neverKnowALaterOne() {
    return PATH_OF_A_PACKET.subList(0, PATH_OF_A_PACKET.size() - 1).stream()
        .map(name -> DynamicTest.dynamicTest(name, () -> knowsNoLaterThan(name)));
  }

  private static void knowsNoLaterThan(String name) {
    String[] later =
        PATH_OF_A_PACKET
            .subList(PATH_OF_A_PACKET.indexOf(name) + 1, PATH_OF_A_PACKET.size())
            .stream()
            .map(ArchitectureTest::below)
            .toArray(String[]::new);
    noClasses()
        .that()
        .resideInAPackage(below(name))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(later)
        .check(CLASSES);
  }

  @Test
  void packages_all_standOnThePathOfAPacket() {
    noClasses()
        .should()
        .resideOutsideOfPackages(
            PATH_OF_A_PACKET.stream().map(ArchitectureTest::below).toArray(String[]::new))
        .check(CLASSES);
  }

  @Test
  void documentsAndOutput_knowNothingOfPackets() {
    noClasses()
        .that()
        .resideInAnyPackage(below("document"), below("output"))
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            below("capture"),
            below("decode"),
            below("flow"),
            below("identify"),
            below("stream"),
            below("window"),
            below("pipeline"),
            below("dataset"))
        .check(CLASSES);
  }

  @Test
  void packages_all_areFreeOfCycles() {
    slices().matching("io.earshot.sensor.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void pcap4j_outsideOfCapture_isUnknown() {
    onlyIn("org.pcap4j..", "capture");
  }

  @Test
  void elasticsearchClient_outsideOfOutput_isUnknown() {
    onlyIn("co.elastic..", "output");
  }

  @Test
  void prometheus_outsideOfMetrics_isUnknown() {
    onlyIn("io.prometheus..", "metrics");
  }

  @Test
  void smile_isUnknown() {
    noClasses().should().dependOnClassesThat().resideInAPackage("smile..").check(CLASSES);
  }

  @Test
  void foreignMemory_isOnlyForFramesTheFlowTableAndTheServiceManager() {
    DescribedPredicate<JavaClass> handsFramesOver =
        DescribedPredicate.describe(
            "hand frames over",
            type ->
                type.getDirectDependenciesFromSelf().stream()
                    .anyMatch(d -> d.getTargetClass().isEquivalentTo(FrameHandler.class)));
    DescribedPredicate<JavaClass> readsFrames =
        resideInAnyPackage(below("capture"), below("decode"), below("flow"), below("identify"))
            .or(
                resideInAnyPackage(
                        below("pipeline"), below("dataset"), below("daemon"), below("cli"))
                    .and(handsFramesOver));
    DescribedPredicate<JavaClass> talksToTheServiceManager =
        DescribedPredicate.describe(
            "talk to the service manager", type -> type.getSimpleName().equals("NotifySocket"));
    noClasses()
        .that(DescribedPredicate.not(readsFrames.or(talksToTheServiceManager)))
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.lang.foreign..")
        .check(CLASSES);
  }

  @Test
  void wallClock_isOnlyForTheEdges() {
    noClasses()
        .that()
        .resideOutsideOfPackages(below("capture"), below("output"), below("daemon"), below("cli"))
        .should()
        .callCodeUnitWhere(readsWallClock())
        .check(CLASSES);
  }

  private static DescribedPredicate<JavaCall<?>> readsWallClock() {
    return DescribedPredicate.describe(
        "reads the wall clock",
        call -> {
          String owner = call.getTargetOwner().getName();
          String name = call.getTarget().getName();
          return CLOCK_METHODS.contains(owner + "." + name)
              || (owner.equals(Clock.class.getName())
                  && (name.startsWith("system") || name.startsWith("tick")))
              || (owner.equals("java.util.Date")
                  && name.equals("<init>")
                  && call.getTarget().getParameterTypes().isEmpty());
        });
  }

  @Test
  void standardStreams_outsideOfCli_areUntouched() {
    noClasses()
        .that()
        .resideOutsideOfPackage(below("cli"))
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethod(Throwable.class, "printStackTrace")
        .check(CLASSES);
  }

  @Test
  void names_sayWhatAClassIsFor() {
    noClasses()
        .should()
        .haveSimpleNameEndingWith("Util")
        .orShould()
        .haveSimpleNameEndingWith("Utils")
        .orShould()
        .haveSimpleNameEndingWith("Helper")
        .orShould()
        .haveSimpleNameEndingWith("Manager")
        .orShould()
        .haveSimpleNameEndingWith("Impl")
        .orShould()
        .haveSimpleNameEndingWith("Common")
        .check(CLASSES);
  }

  /** The rule on the clock would be worth nothing if it did not see a call. */
  @Test
  void wallClock_inThisTest_isSeen() {
    JavaClasses reader = new ClassFileImporter().importClasses(ReadsTheClock.class);
    var rule = noClasses().should().callCodeUnitWhere(readsWallClock()).evaluate(reader);
    assertThat(rule.getFailureReport().getDetails()).hasSize(3);
  }

  /** Breaks the rule three times. */
  static final class ReadsTheClock {
    private ReadsTheClock() {}

    static long now() {
      return System.nanoTime() + Instant.now().toEpochMilli() + Clock.systemUTC().millis();
    }
  }

  private static void onlyIn(String library, String name) {
    noClasses()
        .that()
        .resideOutsideOfPackage(below(name))
        .should()
        .dependOnClassesThat()
        .resideInAPackage(library)
        .check(CLASSES);
  }

  private static String below(String name) {
    return ROOT + name + "..";
  }
}
