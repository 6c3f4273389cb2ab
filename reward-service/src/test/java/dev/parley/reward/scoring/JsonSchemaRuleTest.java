package dev.parley.reward.scoring;

import static dev.parley.reward.scoring.Configured.ofType;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JsonSchemaRuleTest {

  private static final String SCHEMA =
      """
      {"type": "object", "required": ["city", "people"], "additionalProperties": false,
       "properties": {"city": {"type": "string"}, "people": {"type": "integer", "minimum": 0}}}
      """;

  @TempDir Path directory;

  @Test
  void anAnswerThatTheSchemaAllowsEarnsOne() throws IOException {
    Scorer scorer = ofType("json-schema", "schema-file", write(SCHEMA).toString());
    assertThat(judge(scorer, "{\"city\": \"Oslo\", \"people\": 700000}", "").value()).isEqualTo(1);
    Verdict wrong = judge(scorer, "{\"city\": 1, \"people\": -1, \"more\": 0}", "");
    assertThat(wrong.value()).isZero();
    assertThat(wrong.components()).containsEntry("json", 1.0).containsEntry("errors", 3.0);
    assertThat(judge(scorer, "Oslo", "").components()).containsEntry("json", 0.0);
  }

  @Test
  void theSchemaMayComeWithTheItem() {
    Scorer scorer = ofType("json-schema");
    assertThat(judge(scorer, "[1, 2]", "{\"items\": {\"type\": \"integer\"}}").value())
        .isEqualTo(1);
    assertThat(judge(scorer, "[1, \"2\"]", "{\"items\": {\"type\": \"integer\"}}").value())
        .isZero();
    assertThat(judge(scorer, "[1]", "").error()).contains("there is no schema");
    assertThat(judge(scorer, "[1]", "[]").error()).contains("the reference is no JSON Schema");
  }

  @Test
  void theJsonMayStandInAFence() {
    String answer = "Here:\n```json\n{\"a\": 1}\n```\nDone.";
    String schema = "{\"required\": [\"a\"]}";
    Verdict verdict = judge(ofType("json-schema"), answer, schema);
    assertThat(verdict.value()).isEqualTo(1);
    assertThat(verdict.extracted()).contains("{\"a\": 1}");
    assertThat(judge(ofType("json-schema", "fence", "false"), answer, schema).value()).isZero();
  }

  @Test
  void twoValuesADoubledKeyAndBottomlessNestingAreNoJson() {
    Scorer scorer = ofType("json-schema");
    for (String answer : List.of("1 2", "{\"a\":1,\"a\":2}", "[".repeat(100_000), "", "NaN")) {
      assertThat(judge(scorer, answer, "true").components()).containsEntry("json", 0.0);
    }
  }

  @Test
  void noSchemaIsFetched() {
    Verdict verdict =
        judge(ofType("json-schema"), "1", "{\"$ref\": \"http://localhost:1/other.json\"}");
    assertThat(verdict.ok()).isFalse();
    assertThat(verdict.error()).contains("the reference is no JSON Schema");
  }

  @Test
  void anotherSchemaIsAnotherVersion() throws IOException {
    String one = ofType("json-schema", "schema-file", write("{}").toString()).version();
    String two = ofType("json-schema", "schema-file", write(SCHEMA).toString()).version();
    assertThat(one).isNotEqualTo(two);
  }

  @Test
  void aFileThatIsNoSchemaIsNamed() throws IOException {
    Path file = write("[1]");
    assertThatThrownBy(() -> ofType("json-schema", "schema-file", file.toString()))
        .hasMessageContaining("own.schema-file is \"" + file + "\", expected a JSON Schema");
  }

  private Path write(String schema) throws IOException {
    return Files.writeString(directory.resolve("schema.json"), schema);
  }

  private static Verdict judge(Scorer scorer, String answer, String reference) {
    return scorer
        .score(List.of(new Item(new Content.Texts("", answer), reference, Map.of())))
        .get(0);
  }
}
