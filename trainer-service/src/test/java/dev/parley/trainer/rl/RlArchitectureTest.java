package dev.parley.trainer.rl;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class RlArchitectureTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("dev.parley.trainer.rl");

  @Test
  void theMathematicsWithoutGradientsUsesTheJdkOnly() {
    classes()
        .that()
        .resideInAPackage("dev.parley.trainer.rl")
        .should()
        .onlyDependOnClassesThat()
        .resideInAnyPackage("java..", "dev.parley.trainer.rl")
        .check(CLASSES);
  }
}
