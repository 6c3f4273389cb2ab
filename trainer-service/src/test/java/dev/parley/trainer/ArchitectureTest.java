package dev.parley.trainer;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.nameMatching;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.core.domain.properties.HasParameterTypes.Predicates.rawParameterTypes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import dev.parley.model.LibtorchRule;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  // Not @AnalyzeClasses: Surefire runs none of the rules in such a class, and says nothing.
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("dev.parley.trainer");

  @Test
  void theTrainerKnowsNoOtherService() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.parley.policy..", "dev.parley.reward..", "dev.parley.reference..", "io.grpc..")
        .check(CLASSES);
  }

  @Test
  void libtorchIsLoadedByTheModelModuleAlone() {
    LibtorchRule.ONLY_LIBTORCH_LOADS_THE_ENGINE.check(CLASSES);
  }

  @Test
  void onlyTheMetersClassSeesMicrometer() {
    noClasses()
        .that()
        .haveNameNotMatching(".*\\.TrainerMetrics(\\$.*)?")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.micrometer..")
        .check(CLASSES);
  }

  /** See {@code Numbers}. */
  @Test
  void noLossHasANumberThatIsGoneBeforeItsWayBack() {
    noClasses()
        .should()
        .callMethodWhere(
            target(owner(assignableTo(NDArray.class)))
                .and(target(nameMatching("(mul|div|mod|pow)i?|maximum|minimum")))
                .and(target(rawParameterTypes(Number.class))))
        .check(CLASSES);
  }

  @Test
  void recipesKnowNothingOfEachOther() {
    slices()
        .matching("dev.parley.trainer.recipe.(*)..")
        .namingSlices("recipe $1")
        .should()
        .beFreeOfCycles()
        .check(CLASSES);
  }

  @Test
  void whatRecipesShareKnowsNoneOfThem() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.parley.trainer", "dev.parley.trainer.recipe.*..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("dev.parley.trainer.recipe.*..")
        .check(CLASSES);
  }

  @Test
  void whatLearnsKnowsNoQuarkusAndNoCommandLine() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.parley.trainer.*..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta..", "picocli..")
        .check(CLASSES);
  }

  @Test
  void onlyExperienceAndRunSpeakToKafka() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.parley.trainer.experience..", "dev.parley.trainer.run..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.apache.kafka..")
        .check(CLASSES);
  }

  @Test
  void lossesAreFunctionsOfArrays() {
    noClasses()
        .that()
        .haveSimpleNameEndingWith("Loss")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.parley.model..", "dev.parley.trainer.experience..", "java.nio.file..")
        .check(CLASSES);
  }

  @Test
  void everyPackageIsDescribed() {
    for (JavaPackage one : CLASSES.getPackage("dev.parley.trainer").getSubpackagesInTree()) {
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
