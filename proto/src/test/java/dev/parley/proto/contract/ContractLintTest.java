package dev.parley.proto.contract;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ContractLintTest {

  private static final String HEADER =
      """
      syntax = "proto3";
      package parley.thing.v1;
      option java_multiple_files = true;
      option java_package = "dev.parley.proto.thing.v1";
      """;

  private static final String GOOD =
      HEADER
          + """
          // Makes things.
          service ThingService {
            // Makes one.
            rpc Make(MakeRequest) returns (MakeResponse);
          }
          // Asks for a thing.
          message MakeRequest {
            // Which kind.
            Kind kind = 1;
            // How large.
            optional uint32 size = 2;
            // Which labels.
            map<string, string> labels = 3;
          }
          // The thing.
          message MakeResponse {
            // Either.
            oneof made {
              // By name.
              string thing_name = 1;
              // By number.
              uint32 thing_number = 2;
            }
          }
          // Kinds of things.
          enum Kind {
            // Not said.
            KIND_UNSPECIFIED = 0;
            // A large one.
            KIND_VERY_LARGE = 1;
          }
          """;

  @ParameterizedTest
  @EnumSource
  void theContractKeeps(LintRule rule) {
    assertThat(rule.violations(ProtoCompiler.contract())).isEmpty();
  }

  @Test
  void theContractIsNotEmpty() {
    assertThat(ProtoCompiler.contract().getFileList()).hasSizeGreaterThan(5);
  }

  @ParameterizedTest
  @EnumSource
  void aGoodFileKeeps(LintRule rule) {
    assertThat(rule.violations(ProtoCompiler.compile("parley/thing/v1/thing.proto", GOOD)))
        .isEmpty();
  }

  @ParameterizedTest(name = "{0}: {3}")
  @MethodSource("mistakes")
  void aMistakeIsFound(LintRule rule, String right, String wrong, String expected) {
    assertThat(GOOD).contains(right);
    String source = GOOD.replace(right, wrong);
    assertThat(rule.violations(ProtoCompiler.compile("parley/thing/v1/thing.proto", source)))
        .containsExactly("parley/thing/v1/thing.proto: " + expected);
  }

  static Stream<Arguments> mistakes() {
    return Stream.of(
        Arguments.of(
            LintRule.PACKAGE_IS_ITS_DIRECTORY,
            "package parley.thing.v1;",
            "package parley.other.v1;",
            "package parley.other.v1 belongs in directory parley/other/v1"),
        Arguments.of(
            LintRule.PACKAGE_ENDS_WITH_A_VERSION,
            "package parley.thing.v1;",
            "package parley.thing;",
            "package parley.thing should end with .v1"),
        Arguments.of(
            LintRule.JAVA_PACKAGE_FOLLOWS_THE_PACKAGE,
            "dev.parley.proto.thing.v1",
            "dev.parley.thing",
            "java_package should be dev.parley.proto.thing.v1"),
        Arguments.of(
            LintRule.JAVA_PACKAGE_FOLLOWS_THE_PACKAGE,
            "java_multiple_files = true",
            "java_multiple_files = false",
            "java_multiple_files should be true"),
        Arguments.of(
            LintRule.TYPES_ARE_CAMEL_CASE,
            "rpc Make(",
            "rpc make_it(",
            "make_it should be UpperCamelCase"),
        Arguments.of(
            LintRule.FIELDS_ARE_SNAKE_CASE,
            "uint32 size",
            "uint32 howLarge",
            "howLarge should be lower_snake_case"),
        Arguments.of(
            LintRule.FIELDS_ARE_SNAKE_CASE,
            "oneof made",
            "oneof WhatWasMade",
            "WhatWasMade should be lower_snake_case"),
        Arguments.of(
            LintRule.ENUM_VALUES_BEGIN_WITH_THE_ENUM,
            "KIND_VERY_LARGE",
            "LARGE",
            "LARGE should begin with KIND_"),
        Arguments.of(
            LintRule.ENUMS_START_UNSPECIFIED,
            "KIND_UNSPECIFIED",
            "KIND_SMALL",
            "KIND_SMALL should be 0 and end with _UNSPECIFIED"),
        Arguments.of(
            LintRule.ENUMS_START_UNSPECIFIED,
            "  KIND_VERY_LARGE = 1;",
            "  KIND_VERY_LARGE = 1; KIND_HUGE = 1; option allow_alias = true;",
            "Kind should give no number two names"),
        Arguments.of(
            LintRule.SERVICES_END_WITH_SERVICE,
            "service ThingService",
            "service Things",
            "Things should end with Service"),
        Arguments.of(
            LintRule.METHODS_OWN_THEIR_MESSAGES,
            "returns (MakeResponse)",
            "returns (MakeRequest)",
            "Make takes or gives .parley.thing.v1.MakeRequest, expected its own MakeResponse"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// Makes things.\n",
            "",
            "ThingService has no comment above it"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// Makes one.\n",
            "\n",
            "ThingService.Make has no comment above it"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// Asks for a thing.\n",
            "",
            "MakeRequest has no comment above it"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// How large.\n",
            "\n",
            "MakeRequest.size has no comment above it"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// Either.\n",
            "\n",
            "MakeResponse.made has no comment above it"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// Kinds of things.\n",
            "",
            "Kind has no comment above it"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// Not said.\n",
            "\n",
            "Kind.KIND_UNSPECIFIED has no comment above it"),
        Arguments.of(
            LintRule.EVERYTHING_HAS_A_COMMENT,
            "// A large one.\n",
            "// A large one\n",
            "the comment of Kind.KIND_VERY_LARGE should end with a full stop"));
  }

  @Test
  void aFileNameInCamelCaseIsFound() {
    String path = "parley/thing/v1/ThingFile.proto";
    assertThat(LintRule.FILE_IS_SNAKE_CASE.violations(ProtoCompiler.compile(path, GOOD)))
        .containsExactly(path + ": the file's name should be lower_snake_case");
  }

  @Test
  void aPublicImportIsFound() {
    String importer = HEADER + "import public \"parley/thing/v1/other.proto\";";
    Map<String, String> sources =
        Map.of("parley/thing/v1/thing.proto", importer, "parley/thing/v1/other.proto", HEADER);
    assertThat(LintRule.IMPORTS_ARE_PLAIN.violations(ProtoCompiler.compile(sources)))
        .containsExactly("parley/thing/v1/thing.proto: imports should be neither public nor weak");
  }

  @Test
  void anOlderSyntaxIsFound() {
    String source = "syntax = \"proto2\"; package parley.thing.v1;";
    String path = "parley/thing/v1/thing.proto";
    assertThat(LintRule.SYNTAX_IS_PROTO3.violations(ProtoCompiler.compile(path, source)))
        .containsExactly(path + ": syntax should be proto3");
  }
}
