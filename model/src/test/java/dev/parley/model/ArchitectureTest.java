package dev.parley.model;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import dev.parley.model.torchscript.NativeThreads;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  // Not @AnalyzeClasses: Surefire runs none of the rules in such a class, and says nothing.
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("dev.parley.model");

  @Test
  void theLibraryDependsOnDjlWhatDjlBringsAndTheJdkAlone() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "jdk.incubator.vector..",
                "com.sun.management..",
                "ai.djl..",
                "com.google.gson..",
                "com.sun.jna..",
                "dev.parley.model.."))
        .check(CLASSES);
  }

  @Test
  void onlyTheTorchscriptPackageTouchesTheNativeInterface() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.parley.model.torchscript")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.djl.pytorch..")
        .check(CLASSES);
  }

  @Test
  void onlyLibtorchLoadsTheEngine() {
    LibtorchRule.ONLY_LIBTORCH_LOADS_THE_ENGINE.check(CLASSES);
  }

  /** So that everything else loads in a JVM that was started without the module. */
  @Test
  void onlyTheVectorPackageTouchesVectorOperations() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.parley.model.vector")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("jdk.incubator.vector..")
        .check(CLASSES);
  }

  @Test
  void theTextSideKnowsNoTensors() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.model.text..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "ai.djl.ndarray..", "dev.parley.model.decoder..", "dev.parley.model.weights..")
        .check(CLASSES);
  }

  @Test
  void nothingUsesTheNetwork() {
    noClasses().should().dependOnClassesThat().resideInAPackage("java.net..").check(CLASSES);
  }

  @Test
  void onlyTheReportOnThreadsReadsTheEnvironment() {
    noClasses()
        .that()
        .doNotBelongToAnyOf(NativeThreads.class)
        .should()
        .callMethod(System.class, "getenv", String.class)
        .orShould()
        .callMethod(System.class, "getenv")
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.parley.model.(**)").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void everyPackageIsDescribed() {
    for (JavaPackage one : CLASSES.getPackage("dev.parley.model").getSubpackagesInTree()) {
      assertThat(one.tryGetPackageInfo()).as(one.getName()).isPresent();
    }
  }

  @Test
  void nothingIsCalledUtil() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..")
        .check(CLASSES);
  }
}
