package dev.parley.data;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.parley", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule dataSeesJacksonAndTheJdkAlone =
      classes()
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage("java..", "com.fasterxml.jackson..", "dev.parley.data.."));

  @ArchTest
  static final ArchRule theRecordsKnowNoFilesAndNoJson =
      noClasses()
          .that()
          .resideInAPackage("dev.parley.data")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.nio.file..", "com.fasterxml..", "dev.parley.data.*..");

  @ArchTest
  static final ArchRule packagesFormNoCycles =
      slices().matching("dev.parley.data.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule nothingIsCalledUtil =
      noClasses().should().resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..");
}
