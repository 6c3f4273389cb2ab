package dev.parley.cli.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.model.TinyModel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalScoringTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;

  @Test
  void everyRowGetsOneLineInItsOrderWithItsOwnId() throws IOException {
    Path input =
        write(
            """
            {"id":"a","prompt":"6 times 7?","response":"It is 42.","reference":"42"}
            {"id":7,"prompt":[{"role":"system","content":"Be brief."},{"role":"user","content":"6 times 7?"}],"response":"41","reference":42}

            {"id":"c","prompt":"6 times 7?","response":"42"}
            {"prompt":"6 times 7?","response":"No idea.","reference":"#### 42","topic":"sums"}
            """);

    assertThat(score("--scorer", "math", "--input", input.toString(), "--batch", "2")).isZero();

    assertThat(terminal.out().lines())
        .containsExactly(
            "{\"id\":\"a\",\"status\":\"ok\",\"score\":1.0,\"components\":{\"answer_found\":1.0,\"answer_right\":1.0},\"extracted\":\"42\"}",
            "{\"id\":7,\"status\":\"ok\",\"score\":0.0,\"components\":{\"answer_found\":1.0,\"answer_right\":0.0},\"extracted\":\"41\"}",
            "{\"id\":\"c\",\"status\":\"failed\",\"score\":null,\"components\":{},\"error\":\"there"
                + " is no reference answer to compare with; send reference_answer with the item (in"
                + " /get_reward, labels)\"}",
            "{\"id\":5,\"status\":\"ok\",\"score\":0.0,\"components\":{\"answer_found\":0.0,\"answer_right\":0.0}}");
    assertThat(terminal.err())
        .contains("scoring", "4/4 rows", "3 answers scored: mean 0.3333")
        .contains("1 failed; the first: id \"c\": there is no reference");
  }

  @Test
  void theOutputIsThereWholeOrNotAtAll() throws IOException {
    Path output = directory.resolve("scores.jsonl");
    Path good =
        write("{\"id\":1,\"prompt\":\"Q\",\"response\":\"3\",\"reference\":\"3\"}\n".repeat(9));
    assertThat(score("--scorer", "math", "--input", good.toString(), "--output", output.toString()))
        .isZero();
    String first = Files.readString(output);
    assertThat(first.lines()).hasSize(9);

    Path bad =
        write("{\"id\":1,\"prompt\":\"Q\",\"response\":\"3\"}\n{\"id\":2,\"prompt\":\"Q\"}\n");
    assertThat(score("--scorer", "math", "--input", bad.toString(), "--output", output.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains(
            bad + ":2: \"response\" is not there, expected text; the row has id, prompt",
            "--skip-bad");
    assertThat(output).hasContent(first);
    assertThat(directory.resolve("scores.jsonl.part")).doesNotExist();
  }

  @Test
  void aBadRowIsNamedByFileLineAndField() throws IOException {
    assertThat(refusal("nonsense")).contains("rows.jsonl:1: not JSON");
    assertThat(refusal("[1]")).contains("rows.jsonl:1: the row is a JSON list, expected an object");
    assertThat(refusal("{\"prompt\":1,\"response\":\"\"}"))
        .contains("rows.jsonl:1: \"prompt\" is a number, expected text or turns");
    assertThat(refusal("{\"prompt\":[],\"response\":\"\"}"))
        .contains("\"prompt\" is an empty list");
    assertThat(refusal("{\"prompt\":[{\"role\":\"user\"}],\"response\":\"\"}"))
        .contains("\"prompt\"[0] has no text under \"role\" and \"content\"");
    assertThat(refusal("{\"prompt\":\"\",\"response\":[\"a\"]}"))
        .contains("\"response\" is a list, expected text");
    assertThat(refusal("{\"id\":[],\"prompt\":\"\",\"response\":\"\"}"))
        .contains("\"id\" is a list, expected text or a number");
    assertThat(
            refusal("{\"prompt\":\"\",\"response\":\"\",\"reference\":1,\"reference_answer\":2}"))
        .contains("\"reference\" and \"reference_answer\" stand side by side");
    assertThat(refusal("")).contains("has no rows");
  }

  @Test
  void badRowsMayBeMarkedInTheirPlace() throws IOException {
    Path input =
        write("oops\n{\"id\":\"x\",\"prompt\":\"Q\"}\n{\"prompt\":\"Q\",\"response\":\"A\"}\n");

    assertThat(
            score(
                "--scorer",
                "length",
                "--set",
                "unit=characters",
                "--set",
                "target=1",
                "--set",
                "penalty=1",
                "--input",
                input.toString(),
                "--skip-bad"))
        .isZero();

    List<JsonNode> lines = lines();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(0).get("status").asText()).isEqualTo("invalid");
    assertThat(lines.get(0).get("error").asText()).contains("not JSON");
    assertThat(lines.get(1).get("id").asText()).isEqualTo("x");
    assertThat(lines.get(1).get("score").isNull()).isTrue();
    assertThat(lines.get(2).get("score").asDouble()).isZero();
  }

  @Test
  void whereNothingHasAScoreTheCommandFails() throws IOException {
    Path input = write("{\"id\":1,\"prompt\":\"Q\",\"response\":\"A\"}\n");
    assertThat(score("--scorer", "math", "--input", input.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(lines()).hasSize(1);
    assertThat(terminal.err()).contains("no answer was scored");
  }

  @Test
  void aGzippedFileIsReadAsOne() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream zipped = new GZIPOutputStream(bytes)) {
      zipped.write(
          "{\"prompt\":\"Q\",\"response\":\"½\",\"reference\":\"0.5\"}\n"
              .getBytes(StandardCharsets.UTF_8));
    }
    Path input = Files.write(directory.resolve("rows.jsonl.gz"), bytes.toByteArray());
    assertThat(score("--scorer", "math", "--input", input.toString())).isZero();
    assertThat(lines()).hasSize(1);
  }

  @Test
  void oneAnswerMayBeTyped() throws IOException {
    assertThat(
            score(
                "--scorer",
                "math",
                "--prompt",
                "Q",
                "--response",
                "5",
                "--response",
                "#### 6",
                "--reference",
                "6"))
        .isZero();
    assertThat(lines()).extracting(line -> line.get("score").asDouble()).containsExactly(0.0, 1.0);
  }

  @Test
  void rulesAreReadFromTheServicesOwnFile() throws IOException {
    Path yaml =
        Files.writeString(
            directory.resolve("rules.yaml"),
            """
            parley:
              reward:
                scorer: total
                scorers:
                  total: {type: weighted-sum, weights.right: 1, weights.brief: 0.5}
                  right: {type: math}
                  brief: {type: length, unit: words, longest: 2, penalty: 1}
            """);
    Path input = write("{\"prompt\":\"Q\",\"response\":\"It is 4\",\"reference\":\"4\"}\n");

    assertThat(score("--scorer", "rules:" + yaml, "--input", input.toString())).isZero();
    assertThat(lines().get(0).get("score").asDouble()).isEqualTo(0.5);
    assertThat(lines().get(0).get("components").get("right").asDouble()).isEqualTo(1);
  }

  @Test
  void aRewardModelScoresHereToo() throws IOException {
    Path model = TinyModel.writeReward(directory.resolve("model"), 3);
    Path input = write("{\"id\":\"m\",\"prompt\":\"Tea?\",\"response\":\"Yes.\"}\n");

    assertThat(score("--scorer", model.toString(), "--input", input.toString())).isZero();

    assertThat(lines().get(0).get("status").asText()).isEqualTo("ok");
    assertThat(lines().get(0).get("components").has("raw")).isTrue();
  }

  @Test
  void ofARewardModelOfSeveralAttributesEachIsToldAndTheirWeightsAreSet() throws IOException {
    Path model = TinyModel.writeReward(directory.resolve("model"), 3, 2);
    Files.writeString(
        model.resolve("reward_model.json"),
        """
        {"attributes":[{"attribute":"helpful","score_mean":0,"score_std":1},
                       {"attribute":"long","score_mean":0,"score_std":1}]}
        """);
    Path input = write("{\"id\":\"m\",\"prompt\":\"Tea?\",\"response\":\"Yes.\"}\n");
    String[] command = {"--scorer", model.toString(), "--input", input.toString()};

    assertThat(score(command)).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("model: helpful, long", "--set KEY=VALUE");
    List<String> weighed = new ArrayList<>(List.of(command));
    weighed.addAll(List.of("--set", "weights.helpful=2", "--set", "weights.long=-1"));
    assertThat(score(weighed.toArray(String[]::new))).isZero();

    JsonNode line = lines().get(0);
    JsonNode parts = line.get("components");
    assertThat(line.get("score").asDouble())
        .isEqualTo(2 * parts.get("helpful").asDouble() - parts.get("long").asDouble());
  }

  @Test
  void aMisspeltScorerOrSettingIsCorrected() throws IOException {
    Path input = write("{\"prompt\":\"Q\",\"response\":\"A\"}\n");
    assertThat(score("--scorer", "mth", "--input", input.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("did you mean \"math\"?");
    assertThat(score("--scorer", "math", "--set", "requir=box", "--input", input.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("did you mean \"parley.reward.scorers.math.require\"?");
    assertThat(score("--scorer", "regex", "--input", input.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("regex.pattern is not set", "--set KEY=VALUE");
    assertThat(score("--scorer", "rules:no.yaml", "--input", input.toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("there is no file no.yaml with rules");
    assertThat(score("--target", "localhost:1", "--set", "a=b", "--input", input.toString()))
        .isEqualTo(ExitCode.USAGE);
  }

  private int score(String... arguments) {
    List<String> all = new ArrayList<>(List.of("score"));
    all.addAll(List.of(arguments));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }

  private String refusal(String row) throws IOException {
    Path input = write(row + "\n");
    assertThat(score("--scorer", "math", "--input", input.toString())).isEqualTo(ExitCode.FAILED);
    return terminal.err();
  }

  private Path write(String rows) throws IOException {
    return Files.writeString(directory.resolve("rows.jsonl"), rows);
  }

  private List<JsonNode> lines() throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : terminal.out().lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
