package dev.parley.cli.arena;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArenaCommandTest {

  @TempDir Path directory;

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  private int arena(String name, String content, String... more) throws IOException {
    Path file = Files.writeString(directory.resolve(name), content);
    String[] arguments = new String[more.length + 2];
    arguments[0] = "arena";
    arguments[1] = file.toString();
    System.arraycopy(more, 0, arguments, 2, more.length);
    return Parley.run(terminal.terminal(), arguments);
  }

  @Test
  void battlesInCsvBecomeATableTheBestFirst() throws IOException {
    assertThat(
            arena(
                "battles.csv",
                """
                question_id,model_a,model_b,winner
                1,slow,"quick, small",model_b
                2,slow,"quick, small",model_b
                3,slow,"quick, small",model_b
                4,slow,"quick, small",model_a
                5,slow,"quick, small",invalid
                """))
        .as(terminal.err())
        .isEqualTo(ExitCode.OK);

    // Three wins to one: 400 log₁₀ 3 = 191 points apart.
    assertThat(terminal.out().lines().toList().get(1)).startsWith("quick, small    1095");
    assertThat(terminal.out())
        .containsPattern("slow +905 +[0-9]+ to [0-9]+ +99[0-9] +4 +25.0%")
        .contains("4 battles, and 1 without an outcome");
  }

  @Test
  void jsonLinesAndJsonOutHaveTheSameNumbers() throws IOException {
    assertThat(
            arena(
                "battles.jsonl",
                """
                {"question_id":1,"model_a":"a","model_b":"b","winner":"model_a"}

                {"question_id":2,"model_a":"b","model_b":"a","winner":"tie"}
                """,
                "--json",
                "--resamples",
                "0"))
        .as(terminal.err())
        .isEqualTo(ExitCode.OK);

    JsonNode json = new ObjectMapper().readTree(terminal.out());
    assertThat(json.at("/models/0/model").asText()).isEqualTo("a");
    assertThat(json.at("/models/0/rating").asDouble())
        .isCloseTo(1000 + 200 * Math.log10(3), within(1e-6));
    assertThat(json.at("/models/0/win_rate").asDouble()).isEqualTo(0.75);
    assertThat(json.at("/models/0").has("interval_95")).isFalse();
  }

  @Test
  void aModelThatAlwaysWonNeedsAPrior() throws IOException {
    String once = "question_id,model_a,model_b,winner\n1,a,b,model_a\n";

    assertThat(arena("battles.csv", once)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("no finite ratings", "--prior 1");
    assertThat(arena("battles.csv", once, "--prior", "1")).isEqualTo(ExitCode.OK);
  }

  @Test
  void aTableOfOtherColumnsIsToldWhichItHasAndWhichAreExpected() throws IOException {
    arena("x.csv", "id,first,second,winner\n1,a,b,model_a\n");
    arena("y.csv", "first,second\n");
    arena("z.csv", "");

    assertThat(terminal.err())
        .contains("x.csv has no column model_a, model_b; it has id, first, second, winner")
        .contains("y.csv has no column model_a, model_b, winner; it has first, second")
        .contains("z.csv:1 is no row of its table: Empty header line")
        .contains("expected question_id, model_a, model_b and winner");
  }

  @Test
  void battlesWithoutAnOutcomeRateNobody() throws IOException {
    arena("x.csv", "question_id,model_a,model_b,winner\n1,a,b,invalid\n");
    arena("y.csv", "question_id,model_a,model_b,winner\n");

    assertThat(terminal.err())
        .contains("no row says who won: all 1 are invalid")
        .contains("expected at least one whose winner is model_a, model_b or tie")
        .doesNotContain("--prior");
  }

  @Test
  void aRowThatIsNoBattleIsNamed() throws IOException {
    arena("x.csv", "question_id,model_a,model_b,winner\n1,a,b,model_c\n");
    arena("y.csv", "question_id,model_a,model_b,winner\n1,a,,model_a\n");
    arena("z.jsonl", "{\"model_a\":\"a\",\"model_b\":\"a\",\"winner\":\"tie\"}\n");
    arena("w.jsonl", "{\"model_a\":\n");
    arena("v.jsonl", "{\"a\":1,\"b\":2}\n");

    assertThat(terminal.err())
        .contains("x.csv:2: the winner is \"model_c\"")
        .contains("y.csv:2 has no model_b")
        .contains("z.jsonl:1: a battle is between \"a\" and \"a\"")
        .contains("w.jsonl:1 is no JSON")
        .contains("v.jsonl:1 has no winner; it has a, b");
  }
}
