package dev.parley.judge;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  // Not @AnalyzeClasses: Surefire runs none of the rules in such a class, and says nothing.
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("dev.parley.judge");

  @Test
  void judgesSeeTheJdkJacksonAndSnakeYamlAlone() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..", "com.fasterxml.jackson..", "org.yaml.snakeyaml..", "dev.parley.judge.."))
        .check(CLASSES);
  }

  @Test
  void onlyTheClientSpeaksHttp() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.parley.judge.chat")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.net..")
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.parley.judge.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nothingIsCalledUtil() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..")
        .check(CLASSES);
  }
}
