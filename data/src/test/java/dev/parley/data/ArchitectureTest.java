package dev.parley.data;

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
          .importPackages("dev.parley.data");

  @Test
  void dataSeesJacksonAndTheJdkAloneAndItsFilesParquetBesides() {
    classes()
        .that()
        .resideInAPackage("dev.parley.data.file")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "com.fasterxml.jackson..",
                "dev.parley.data..",
                "org.apache.parquet..",
                "org.apache.hadoop.conf",
                "com.github.luben.zstd",
                "io.airlift.compress..",
                "org.xerial.snappy"))
        .check(CLASSES);
    classes()
        .that()
        .resideOutsideOfPackage("dev.parley.data.file")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("java..", "com.fasterxml.jackson..", "dev.parley.data.."))
        .check(CLASSES);
  }

  @Test
  void theRecordsKnowNoFilesAndNoJson() {
    noClasses()
        .that()
        .resideInAPackage("dev.parley.data")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.nio.file..", "com.fasterxml..", "dev.parley.data.*..")
        .check(CLASSES);
  }

  @Test
  void packagesFormNoCycles() {
    slices().matching("dev.parley.data.(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void nothingIsCalledUtil() {
    noClasses()
        .should()
        .resideInAnyPackage("..util..", "..common..", "..helper..", "..misc..")
        .check(CLASSES);
  }
}
