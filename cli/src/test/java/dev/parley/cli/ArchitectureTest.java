package dev.parley.cli;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import dev.parley.model.LibtorchRule;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  // Not @AnalyzeClasses: Surefire runs none of the rules in such a class, and says nothing.
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(new DoNotIncludeTests())
          .importPackages("dev.parley.cli");

  @Test
  void ofParleyTheCommandSeesProtoTheLibrariesAndTheScorersAlone() {
    classes()
        .that()
        .resideInAPackage("dev.parley.cli..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                    "dev.parley.cli..",
                    "dev.parley.proto..",
                    "dev.parley.model..",
                    "dev.parley.data..",
                    "dev.parley.events..",
                    "dev.parley.judge..",
                    "dev.parley.reward.scoring")
                .or(not(resideInAnyPackage("dev.parley.."))))
        .check(CLASSES);
  }

  @Test
  void libtorchIsLoadedByTheModelModuleAlone() {
    LibtorchRule.ONLY_LIBTORCH_LOADS_THE_ENGINE.check(CLASSES);
  }

  @Test
  void theCommandIsPlainJava() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.quarkus..", "jakarta..", "io.smallrye..")
        .check(CLASSES);
  }

  @Test
  void onlyTheBrokerSeesKafkasServer() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.parley.cli.broker")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("kafka..", "org.apache.kafka.metadata..", "org.apache.kafka.server..")
        .check(CLASSES);
  }

  @Test
  void theTerminalKnowsNothingOfParley() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.cli.terminal")
        .should()
        .dependOnClassesThat(
            resideInAPackage("dev.parley..")
                .and(not(resideInAnyPackage("dev.parley.cli.terminal"))))
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.parley.cli.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nothingIsCalledUtil() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..")
        .check(CLASSES);
  }
}
