package dev.parley.proto.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorSet;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Holds the contract against {@code src/test/resources/baseline.binpb}, the descriptors that were
 * accepted last.
 *
 * <p>To accept what was added, or a break that is meant: {@code mvn -pl proto test
 * -Dtest=WireCompatibilityTest -Dparley.baseline=accept}, and commit the file with the reason.
 */
class WireCompatibilityTest {

  private static final Path BASELINE = Path.of("src", "test", "resources", "baseline.binpb");

  private static final String HOW_TO_ACCEPT =
      "if this is meant: mvn -pl proto test -Dtest=WireCompatibilityTest -Dparley.baseline=accept";

  private static FileDescriptorSet contract;

  @BeforeAll
  static void compile() throws IOException {
    FileDescriptorSet.Builder bare = FileDescriptorSet.newBuilder();
    ProtoCompiler.contract().getFileList().stream()
        .sorted(Comparator.comparing(FileDescriptorProto::getName))
        .forEach(file -> bare.addFile(file.toBuilder().clearSourceCodeInfo()));
    contract = bare.build();
    if ("accept".equals(System.getProperty("parley.baseline"))) {
      Files.write(BASELINE, contract.toByteArray());
    }
  }

  @Test
  void olderClientsUnderstandTheContract() throws IOException {
    assertThat(WireChanges.breaking(baseline(), contract)).as(HOW_TO_ACCEPT).isEmpty();
  }

  @Test
  void theBaselineKnowsAllOfTheContract() throws IOException {
    assertThat(WireChanges.added(baseline(), contract)).as(HOW_TO_ACCEPT).isEmpty();
  }

  private static FileDescriptorSet baseline() throws IOException {
    try (InputStream stream = Files.newInputStream(BASELINE)) {
      return FileDescriptorSet.parseFrom(stream);
    }
  }

  private static final String OLD =
      """
      syntax = "proto3";
      package parley.thing.v1;
      service ThingService {
        rpc Make(Request) returns (Response);
      }
      message Request {
        Kind kind = 1;
        optional uint32 size = 2;
        repeated string labels = 3;
        oneof asked {
          string name = 4;
          uint32 number = 5;
        }
      }
      message Response {}
      enum Kind {
        KIND_UNSPECIFIED = 0;
        KIND_LARGE = 1;
      }
      """;

  @ParameterizedTest(name = "{2}")
  @MethodSource("breaks")
  void aBreakIsFound(String old, String now, String expected) {
    assertThat(WireChanges.breaking(set(OLD), set(OLD.replace(old, now))))
        .containsExactly(expected);
  }

  static Stream<Arguments> breaks() {
    return Stream.of(
        Arguments.of(
            "uint32 size = 2",
            "uint32 size = 6",
            "parley.thing.v1.Request.size is gone, and its number 2 is not reserved"),
        Arguments.of(
            "optional uint32 size = 2;",
            "reserved 2;",
            "parley.thing.v1.Request.size is gone, and its name is not reserved"),
        Arguments.of(
            "optional uint32 size",
            "optional uint64 size",
            "parley.thing.v1.Request.size: its type was \"TYPE_UINT32\", now \"TYPE_UINT64\""),
        Arguments.of(
            "repeated string labels",
            "string labels",
            "parley.thing.v1.Request.labels: its cardinality was \"LABEL_REPEATED\","
                + " now \"LABEL_OPTIONAL\""),
        Arguments.of(
            "string labels = 3",
            "string labels = 3 [json_name = \"marks\"]",
            "parley.thing.v1.Request.labels: its JSON name was \"labels\", now \"marks\""),
        Arguments.of(
            "    uint32 number = 5;\n  }",
            "  }\n  uint32 number = 5;",
            "parley.thing.v1.Request.number: its oneof was \"asked\", now \"\""),
        Arguments.of(
            "KIND_LARGE = 1;",
            "KIND_SMALL = 1;",
            "parley.thing.v1.Kind 1: its name was \"KIND_LARGE\", now \"KIND_SMALL\""),
        Arguments.of("KIND_LARGE = 1;", "", "KIND_LARGE is gone, and its number is not reserved"),
        Arguments.of(
            "KIND_LARGE = 1;", "reserved 1;", "KIND_LARGE is gone, and its name is not reserved"),
        Arguments.of(
            "rpc Make(Request)",
            "rpc Build(Request)",
            "method parley.thing.v1.ThingService.Make is gone"),
        Arguments.of(
            "returns (Response)",
            "returns (stream Response)",
            "parley.thing.v1.ThingService.Make: its streaming was \"client false, server false\","
                + " now \"client false, server true\""),
        Arguments.of(
            "returns (Response)",
            "returns (Request)",
            "parley.thing.v1.ThingService.Make: its response was \".parley.thing.v1.Response\","
                + " now \".parley.thing.v1.Request\""));
  }

  @Test
  void aMessageThatIsGoneIsABreak() {
    String now = OLD.replace("message Response {}", "").replace("(Response)", "(Request)");
    assertThat(WireChanges.breaking(set(OLD), set(now)))
        .contains("message parley.thing.v1.Response is gone");
  }

  @Test
  void aRemovalThatLeavesNumberAndNameReservedIsNoBreak() {
    String now = OLD.replace("optional uint32 size = 2;", "reserved 2; reserved \"size\";");
    assertThat(WireChanges.breaking(set(OLD), set(now))).isEmpty();
  }

  @Test
  void anAdditionIsNoBreakAndIsNamed() {
    String now = OLD.replace("message Response {}", "message Response { string text = 1; }");
    assertThat(WireChanges.breaking(set(OLD), set(now))).isEmpty();
    assertThat(WireChanges.added(set(OLD), set(now)))
        .containsExactly("parley.thing.v1.Response.text");
  }

  private static FileDescriptorSet set(String source) {
    return ProtoCompiler.compile("parley/thing/v1/thing.proto", source);
  }
}
