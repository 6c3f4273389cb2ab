package dev.parley.reward;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

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
          .importPackages("dev.parley.reward");

  @Test
  void ofParleyItSeesTheContractTheModelTheJudgesAndWhatServicesShare() {
    noClasses()
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.parley..")
                .and(
                    not(
                        resideInAnyPackage(
                            "dev.parley.reward..",
                            "dev.parley.proto..",
                            "dev.parley.model..",
                            "dev.parley.judge..",
                            "dev.parley.serving.."))))
        .check(CLASSES);
  }

  @Test
  void libtorchIsLoadedByTheModelModuleAlone() {
    LibtorchRule.ONLY_LIBTORCH_LOADS_THE_ENGINE.check(CLASSES);
  }

  @Test
  void onlyTheMetricsClassKnowsMicrometer() {
    noClasses()
        .that()
        .doNotHaveSimpleName("RewardMetrics")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.micrometer..")
        .check(CLASSES);
  }

  @Test
  void statusCodesAreChosenAtTheEdge() {
    noClasses()
        .that()
        .haveNameNotMatching(".*\\.(RewardGrpcService(\\$.*)?|RewardMetrics(\\$.*)?)")
        .should()
        .dependOnClassesThat()
        .haveNameMatching("io\\.grpc\\.Status(\\$.*|Runtime.*)?")
        .check(CLASSES);
  }

  @Test
  void scoringKnowsNoServiceAroundIt() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.reward.scoring..")
        .should()
        .dependOnClassesThat(
            resideInAnyPackage(
                "dev.parley.reward",
                "dev.parley.proto..",
                "io.grpc..",
                "io.quarkus..",
                "io.smallrye..",
                "jakarta.."))
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
