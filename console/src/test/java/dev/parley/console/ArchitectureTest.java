package dev.parley.console;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  // Not @AnalyzeClasses: Surefire runs none of the rules in such a class, and says nothing.
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.parley.console");

  @Test
  void ofParleyItSeesTheContractAndWhatServicesShare() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.parley..")
                .and(
                    not(
                        resideInAnyPackage(
                            "dev.parley.console..", "dev.parley.proto..", "dev.parley.serving.."))))
        .check(CLASSES);
  }

  @Test
  void onlyPagesAndTheEdgeKnowHttpAndQuarkus() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.console.*..")
        .and()
        .resideOutsideOfPackage("dev.parley.console.page..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta.ws..", "io.vertx..", "io.smallrye..")
        .check(CLASSES);
  }

  @Test
  void ofTheEdgeThePackagesKnowSettingsAndMetersOnly() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.console.*..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.parley.console")
                .and(
                    not(
                        belongToAnyOf(
                            ConsoleMetrics.class,
                            ConsoleSettings.class,
                            ConsoleSettings.Live.class))))
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCircle() {
    slices().matching("dev.parley.console.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void sqlStandsInClassesThatAreNamedByWhatTheyKeep() {
    noClasses()
        .that()
        .haveNameNotMatching(".*\\.(Database|Studies|Comparisons|Places|Verdicts|Outbox)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..")
        .check(CLASSES);
  }

  @Test
  void onlyTheMetricsClassKnowsMicrometer() {
    noClasses()
        .that()
        .doNotHaveSimpleName("ConsoleMetrics")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.micrometer..")
        .check(CLASSES);
  }

  @Test
  void packagesAreNamedByTheirNoun() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..")
        .check(CLASSES);
  }
}
