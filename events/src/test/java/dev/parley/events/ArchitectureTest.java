package dev.parley.events;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

  @Test
  void eventsSeeTheContractTheRecordsAndKafkasClientsAlone() {
    classes()
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage(
                "java..",
                "com.fasterxml.jackson..",
                "com.google.protobuf..",
                "dev.parley.data..",
                "dev.parley.events..",
                "dev.parley.proto..",
                "org.apache.kafka.clients.consumer..",
                "org.apache.kafka.common.."))
        .check(
            new ClassFileImporter()
                .withImportOption(new DoNotIncludeTests())
                .importPackages("dev.parley.events"));
  }
}
