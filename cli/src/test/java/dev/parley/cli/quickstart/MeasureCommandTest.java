package dev.parley.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.model.TinyModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MeasureCommandTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path world;

  @BeforeEach
  void aWorldOfThreeQuestions() throws IOException {
    Files.createDirectories(world.resolve("data"));
    Files.writeString(
        world.resolve("data/held-out.jsonl"),
        "{\"prompt\":[{\"role\":\"user\",\"content\":\"How do I clean a cup?\"}]}\n".repeat(3));
    TinyModel.write(world.resolve("sft/model"), 3);
  }

  @Test
  void aModelIsAtNoDistanceFromItselfAndSomeFromAnother() throws IOException {
    Path other = TinyModel.write(world.resolve("other"), 4);

    List<JsonNode> rows = measure("--samples", "2", "" + world.resolve("sft"), "" + other);

    assertThat(rows.get(0).get("kl").asDouble()).isEqualTo(0, within(1e-3));
    assertThat(rows.get(1).get("kl").asDouble()).isGreaterThan(0.1);
    assertThat(rows.get(0).has("proxy")).isFalse();
    assertThat(rows.get(0).get("gold").asDouble()).isBetween(0.0, 1.0);
  }

  @Test
  void theProxyThinksMoreOfAnswersThatItChoseItself() throws IOException {
    Path reward = TinyModel.writeReward(world.resolve("reward"), 5);

    List<JsonNode> rows = measure("--reward", "" + reward, "--best-of", "1,4,8");

    assertThat(rows)
        .extracting(row -> row.get("model").asText())
        .containsExactly("best of 1", "best of 4", "best of 8");
    assertThat(rows)
        .extracting(row -> row.get("proxy").asDouble())
        .isSorted()
        .doesNotHaveDuplicates();
    assertThat(rows.get(2).get("kl").asDouble()).isEqualTo(Math.log(8) - 7 / 8.0);
  }

  @Test
  void whatIsMissingIsNamed() {
    assertThat(run("--run", "none-such", "model")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("none-such/data/held-out.jsonl is not there");
    assertThat(run()).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("name a MODEL, or --best-of");
    assertThat(run("--best-of", "2")).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("--best-of needs --reward");
    assertThat(run("--reward", "math", "--best-of", "4", "--samples", "2"))
        .isEqualTo(ExitCode.USAGE);
  }

  private List<JsonNode> measure(String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of("--json", "--run", world.toString()));
    all.addAll(List.of(arguments));
    assertThat(run(all.toArray(String[]::new))).as(terminal.err()).isZero();
    List<JsonNode> rows = new ArrayList<>();
    for (String line : terminal.out().lines().toList()) {
      rows.add(new ObjectMapper().readTree(line));
    }
    return rows;
  }

  private int run(String... arguments) {
    List<String> all = new ArrayList<>(List.of("quickstart", "measure"));
    all.addAll(List.of(arguments));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }
}
