package dev.parley.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.parley.cli", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule ofParleyTheCommandSeesProtoModelAndDataAlone =
      classes()
          .that()
          .resideInAPackage("dev.parley.cli..")
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(
                      "dev.parley.cli..",
                      "dev.parley.proto..",
                      "dev.parley.model..",
                      "dev.parley.data..")
                  .or(not(resideInAnyPackage("dev.parley.."))));

  @ArchTest
  static final ArchRule theCommandIsPlainJava =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.quarkus..", "jakarta..", "io.smallrye..");

  @ArchTest
  static final ArchRule onlyTheBrokerSeesKafka =
      noClasses()
          .that()
          .resideOutsideOfPackage("dev.parley.cli.broker")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.kafka..", "kafka..");

  @ArchTest
  static final ArchRule theTerminalKnowsNothingOfParley =
      noClasses()
          .that()
          .resideInAPackage("dev.parley.cli.terminal")
          .should()
          .dependOnClassesThat(
              resideInAPackage("dev.parley..")
                  .and(not(resideInAnyPackage("dev.parley.cli.terminal"))));

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("dev.parley.cli.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nothingIsCalledUtil =
      noClasses().should().resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..");
}
