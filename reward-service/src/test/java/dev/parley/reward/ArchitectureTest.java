package dev.parley.reward;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "dev.parley.reward",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule ofParleyItSeesTheContractAndTheModelOnly =
      noClasses()
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.parley..")
                  .and(
                      not(
                          resideInAnyPackage(
                              "dev.parley.reward..", "dev.parley.proto..", "dev.parley.model.."))));

  @ArchTest
  static final ArchRule onlyTheMetricsClassKnowsMicrometer =
      noClasses()
          .that()
          .doNotHaveSimpleName("RewardMetrics")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule statusCodesAreChosenAtTheEdge =
      noClasses()
          .that()
          .haveNameNotMatching(".*\\.(RewardGrpcService(\\$.*)?|RewardMetrics(\\$.*)?)")
          .should()
          .dependOnClassesThat()
          .haveNameMatching("io\\.grpc\\.Status(\\$.*|Runtime.*)?");

  @ArchTest
  static final ArchRule scoringKnowsNoServiceAroundIt =
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
                  "jakarta.."));

  @ArchTest
  static final ArchRule packagesAreNamedByTheirNoun =
      noClasses().should().resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..");
}
