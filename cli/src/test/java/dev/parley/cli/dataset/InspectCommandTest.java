package dev.parley.cli.dataset;

import static org.assertj.core.api.Assertions.assertThat;

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

class InspectCommandTest {

  private static final String PAIRS =
      """
      {"prompt":"Is the sea salty?","chosen":"Yes, very.","rejected":"No.","margin":2}
      {"prompt":"Is the sea salty?","chosen":"Yes.","rejected":"I do not know."}
      """;

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;

  @Test
  void aPersonSeesNumbersAndTheFirstRowsAsTurns() throws IOException {
    Path file = write("pairs.jsonl", PAIRS);

    assertThat(inspect("--rows", "1", file.toString())).isEqualTo(ExitCode.OK);

    assertThat(terminal.out())
        .isEqualTo(
            """
            files                     1
            rows                      2
              preferences             2
              read as trl-preference  2
            turns                     6
            repeated prompts          1  50.0%%

            characters   mean  shortest  half  90%%  99%%  longest
            prompt      17.00        17    17   17   17       17
            chosen       7.00         4     4   10   10       10
            rejected     8.50         3     3   14   14       14

            pairs                          2
              the longer answer is chosen  1   50.0%%
              with a margin                1   50.0%%
              ties                         0
              with an empty answer         0
              judged by: unknown           2  100.0%%

            %s:1  trl-preference
            user      Is the sea salty?
            chosen    Yes, very.
            rejected  No.
            margin    2.0
            """
                .formatted(file));
    assertThat(terminal.err()).isEmpty();
  }

  @Test
  void aProgramGetsOneObject() throws IOException {
    Path file = write("pairs.jsonl", PAIRS + "oops\n");

    assertThat(inspect("--json", "--skip-bad", "--rows", "1", file.toString())).isZero();

    JsonNode json = new ObjectMapper().readTree(terminal.out());
    assertThat(json.at("/rows").asLong()).isEqualTo(2);
    assertThat(json.at("/rows_by_shape/trl-preference").asLong()).isEqualTo(2);
    assertThat(json.at("/characters/chosen/max").asLong()).isEqualTo(10);
    assertThat(json.at("/preferences/chosen_longer").asLong()).isEqualTo(1);
    assertThat(json.at("/bad_rows/by_reason/not_json").asLong()).isEqualTo(1);
    assertThat(json.at("/bad_rows/first/0/line").asLong()).isEqualTo(3);
    assertThat(json.at("/examples/0/parley").asText()).isEqualTo("preference");
    assertThat(json.at("/examples/0/chosen/0/content").asText()).isEqualTo("Yes, very.");
  }

  @Test
  void aBadRowFailsWithItsLineAndTheWayOut() throws IOException {
    Path file =
        write("pairs.jsonl", PAIRS + "{\"prompt\":\"Q\",\"chosen\":7,\"rejected\":\"A\"}\n");

    assertThat(inspect(file.toString())).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err().lines())
        .containsExactly(
            "parley: " + file + ":3: 'chosen' is the number 7; expected a list of turns",
            "Mend the rows, or leave them out with --skip-bad. docs/data.md shows the shapes that"
                + " are read.");
    assertThat(terminal.out()).isEmpty();
  }

  @Test
  void skippedRowsAreCountedByReasonAndListed() throws IOException {
    Path file = write("pairs.jsonl", "oops\n" + PAIRS + "oops again\n{}\n");

    assertThat(inspect("--skip-bad", "--rows", "0", file.toString())).isZero();

    assertThat(terminal.out())
        .contains("bad rows, left out  3\n", "  not JSON          2\n", "  unknown shape     1\n")
        .contains(file + ":1: not JSON", file + ":5: no shape has the keys []");
  }

  @Test
  void escapeSequencesInADatasetDoNotReachTheTerminal() throws IOException {
    Path file = write("rows.jsonl", "{\"prompt\":\"\\u001B[31mred\\u0007\"}\n");

    assertThat(inspect(file.toString())).isZero();

    assertThat(terminal.out()).contains("user      \uFFFD[31mred\uFFFD").doesNotContain("\u001B");
  }

  @Test
  void longTurnsAreWrappedAndCutWithTheRestCounted() throws IOException {
    Path file = write("rows.jsonl", "{\"prompt\":\"%s\"}\n".formatted("word ".repeat(200)));

    assertThat(inspect(file.toString())).isZero();

    assertThat(terminal.out()).contains("… (400 more characters)");
    assertThat(terminal.out().lines()).allSatisfy(line -> assertThat(line.length()).isLessThan(90));
  }

  @Test
  void anUnknownShapeIsWrongUsage() throws IOException {
    Path file = write("rows.jsonl", PAIRS);

    assertThat(inspect("--shape", "trl-preferences", file.toString())).isEqualTo(ExitCode.USAGE);

    assertThat(terminal.err()).contains("did you mean \"trl-preference\"?");
  }

  @Test
  void aMissingFileFails() {
    assertThat(inspect(directory + "/none.jsonl")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err()).contains("there is no file " + directory + "/none.jsonl");
  }

  private int inspect(String... arguments) {
    String[] all = new String[arguments.length + 2];
    all[0] = "data";
    all[1] = "inspect";
    System.arraycopy(arguments, 0, all, 2, arguments.length);
    return Parley.run(terminal.terminal(), all);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(directory.resolve(name), text);
  }
}
