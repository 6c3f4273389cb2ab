package dev.parley.policy;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import dev.parley.model.LibtorchRule;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  // Not @AnalyzeClasses: Surefire runs none of the rules in such a class, and says nothing.
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.parley.policy");

  @Test
  void ofParleyItSeesTheContractTheModelAndWhatServicesShare() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.parley..")
                .and(
                    not(
                        resideInAnyPackage(
                            "dev.parley.policy..",
                            "dev.parley.proto..",
                            "dev.parley.model..",
                            "dev.parley.serving.."))))
        .check(CLASSES);
  }

  @Test
  void libtorchIsLoadedByTheModelModuleAlone() {
    LibtorchRule.ONLY_LIBTORCH_LOADS_THE_ENGINE.check(CLASSES);
  }

  @Test
  void theStepsOfTheLoopKnowNoContainer() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.policy.*..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta..", "io.smallrye..", "io.vertx..")
        .check(CLASSES);
  }

  @Test
  void ofTheEdgeTheStepsKnowTheMetersOnly() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.policy.*..")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.parley.policy").and(not(belongToAnyOf(PolicyMetrics.class))))
        .check(CLASSES);
  }

  @Test
  void theStepsFormNoCircle() {
    slices().matching("dev.parley.policy.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void onlyTheMetricsClassKnowsMicrometer() {
    noClasses()
        .that()
        .doNotHaveSimpleName("PolicyMetrics")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.micrometer..")
        .check(CLASSES);
  }

  @Test
  void statusCodesAreChosenAtTheEdgeAndReadWhereCallsAreMade() {
    noClasses()
        .that()
        .haveNameNotMatching(
            "dev\\.parley\\.policy\\.(PolicyGrpcService|rollout\\.PatientCall)(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("io\\.grpc\\.Status(\\$.*|Runtime.*)?")
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
