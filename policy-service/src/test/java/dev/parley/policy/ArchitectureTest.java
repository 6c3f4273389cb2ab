package dev.parley.policy;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
    packages = "dev.parley.policy",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule ofParleyItSeesTheContractAndTheModelOnly =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "dev.parley.reference..",
              "dev.parley.reward..",
              "dev.parley.trainer..",
              "dev.parley.data..",
              "dev.parley.cli..");

  @ArchTest
  static final ArchRule theStepsOfTheLoopKnowNoContainer =
      noClasses()
          .that()
          .resideInAPackage("dev.parley.policy.*..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quarkus..", "jakarta..", "io.smallrye..", "io.vertx..");

  @ArchTest
  static final ArchRule ofTheEdgeTheStepsKnowTheMetersOnly =
      noClasses()
          .that()
          .resideInAPackage("dev.parley.policy.*..")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.parley.policy").and(not(belongToAnyOf(PolicyMetrics.class))));

  @ArchTest
  static final ArchRule theStepsFormNoCircle =
      slices().matching("dev.parley.policy.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule onlyTheMetricsClassKnowsMicrometer =
      noClasses()
          .that()
          .doNotHaveSimpleName("PolicyMetrics")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.micrometer..");

  @ArchTest
  static final ArchRule statusCodesAreChosenAtTheEdgeAndReadWhereCallsAreMade =
      classes()
          .that()
          .haveFullyQualifiedName("io.grpc.Status")
          .should()
          .onlyHaveDependentClassesThat()
          .haveNameMatching(".*\\.(PolicyGrpcService.*|CancelledCalls.*|PatientCall.*)");

  @ArchTest
  static final ArchRule nothingIsNamedAfterNothing =
      noClasses().should().resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..");
}
