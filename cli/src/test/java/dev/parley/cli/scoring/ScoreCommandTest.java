package dev.parley.cli.scoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.proto.reward.v1.ScoreItem;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScoreCommandTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;
  private FakeReward reward;

  @BeforeEach
  void start() throws IOException {
    reward = new FakeReward();
  }

  @AfterEach
  void stop() {
    reward.close();
  }

  @Test
  void typedAnswersAreScoredAsConversations() throws IOException {
    assertThat(score("--prompt", "Tea?", "--response", "Yes.", "--response", "No"))
        .isEqualTo(ExitCode.OK);

    List<JsonNode> lines = lines(terminal.out());
    assertThat(lines.get(0).toString())
        .isEqualTo(
            "{\"prompt\":[{\"role\":\"user\",\"content\":\"Tea?\"}],\"response\":\"Yes.\","
                + "\"status\":\"ok\",\"score\":4.0,\"components\":{\"length\":4.0},"
                + "\"model_version\":\"v1\"}");
    assertThat(lines.get(1).get("score").asDouble()).isEqualTo(2);
    assertThat(terminal.err())
        .isEqualTo("2 answers scored: mean 3.000, spread 1.414, from 2.000 to 4.000\n");
    assertThat(reward.requests).hasSize(1);
    ScoreItem item = reward.requests.get(0).getItems(0);
    assertThat(item.getConversation().getMessages(1).getRole()).isEqualTo("assistant");
  }

  @Test
  void whatTheServiceReadOutOfAnAnswerIsInItsLine() throws IOException {
    assertThat(score("--prompt", "6 x 7?", "--response", "=42", "--response", "Who knows"))
        .isEqualTo(ExitCode.OK);

    List<JsonNode> lines = lines(terminal.out());
    assertThat(lines.get(0).get("extracted").asText()).isEqualTo("42");
    assertThat(lines.get(1).has("extracted")).isFalse();
  }

  @Test
  void whatGenerateWritesCanBeScoredWithItsReferenceAndMetadata() throws IOException {
    Path file =
        write(
            """
            {"prompt":[{"role":"user","content":"6 times 7?"}],"response":"It is 42.","reference_answer":"42","topic":"sums"}
            """);

    assertThat(score("--input", file.toString())).isZero();

    assertThat(lines(terminal.out()).get(0).get("score").asDouble()).isEqualTo(9);
    ScoreItem item = reward.requests.get(0).getItems(0);
    assertThat(item.getReferenceAnswer()).isEqualTo("42");
    assertThat(item.getMetadataMap()).containsOnlyKeys("topic");
  }

  @Test
  void ofPairsBothSidesAreScoredAndTheSummarySaysHowOftenTheChosenOneWins() throws IOException {
    Path file =
        write(
            """
            {"prompt":"Q","chosen":"long answer","rejected":"short"}
            {"prompt":"Q","chosen":"a","rejected":"longer"}
            {"prompt":"Q","chosen":"same","rejected":"size"}
            {"prompt":"Q","chosen":"fail","rejected":"x"}
            """);

    assertThat(score("--input", file.toString(), "--batch", "3")).isZero();

    List<JsonNode> lines = lines(terminal.out());
    assertThat(lines)
        .extracting(line -> line.get("side").asText())
        .startsWith("chosen", "rejected", "chosen", "rejected");
    assertThat(lines.get(6).get("status").asText()).isEqualTo("failed");
    assertThat(lines.get(6).get("error").asText()).isEqualTo("too hard");
    assertThat(lines.get(6).has("score")).isFalse();
    assertThat(terminal.err())
        .contains(
            "7 answers scored",
            "1 failed; the first: too hard",
            "3 pairs: chosen above rejected in 50.0% (95% interval");
    assertThat(reward.requests).hasSize(2);
  }

  @Test
  void manyRowsGoInBatchesAndToAFile() throws IOException {
    Path file = write("{\"prompt\":\"Q\",\"completion\":\"A\"}\n".repeat(10));
    Path output = directory.resolve("scores.jsonl");

    assertThat(score("--input", file.toString(), "--batch", "4", "--output", output.toString()))
        .isZero();

    assertThat(lines(Files.readString(output))).hasSize(10);
    assertThat(terminal.out()).isEmpty();
    assertThat(reward.requests).extracting(r -> r.getItemsCount()).containsExactly(4, 4, 2);
    assertThat(terminal.err()).contains("scoring", "10 answers");
  }

  @Test
  void aBusyServiceIsAskedAgain() throws IOException {
    reward.refusals.add(Status.RESOURCE_EXHAUSTED);
    reward.refusals.add(Status.UNAVAILABLE);

    assertThat(score("--prompt", "Q", "--response", "A")).isZero();

    assertThat(lines(terminal.out())).hasSize(1);
  }

  @Test
  void aRefusalIsSaidWithTheServicesWords() {
    reward.refusals.add(Status.INVALID_ARGUMENT.withDescription("item 0 has no content"));

    assertThat(score("--prompt", "Q", "--response", "A")).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains(
            "the reward service at " + reward.target(), "INVALID_ARGUMENT (item 0 has no content)");
  }

  @Test
  void whereNobodyListensTheRemedyIsToStartOne() {
    String target = reward.target();
    reward.close();

    assertThat(
            Parley.run(
                terminal.terminal(),
                "score",
                "--target",
                target,
                "--prompt",
                "Q",
                "--response",
                "A"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("UNAVAILABLE", "parley up prints the ports");
  }

  @Test
  void answersThatAllFailAreAFailure() {
    assertThat(score("--prompt", "Q", "--response", "fail")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err()).contains("no answer was scored", "1 failed; the first: too hard");
  }

  @Test
  void aPromptWithoutAnAnswerIsNamedWithTheWayToGetOne() throws IOException {
    Path file = write("{\"prompt\":\"Q\"}\n");

    assertThat(score("--input", file.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains(file + ":1: the row is a prompt without an answer", "parley generate");
  }

  @Test
  void badRowsFailOrAreCounted() throws IOException {
    Path file = write("oops\n{\"prompt\":\"Q\",\"response\":\"A\"}\n");

    assertThat(score("--input", file.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains(file + ":1: not JSON", "--skip-bad");
    assertThat(score("--input", file.toString(), "--skip-bad")).isZero();
    assertThat(terminal.err()).contains("1 bad rows were left out");
  }

  @Test
  void whatScoresAndWhatIsScoredMustBeNamedOnce() {
    assertThat(Parley.run(terminal.terminal(), "score", "--prompt", "Q", "--response", "A"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(score()).isEqualTo(ExitCode.USAGE);
    assertThat(score("--prompt", "Q")).isEqualTo(ExitCode.USAGE);
    assertThat(score("--prompt", "Q", "--response", "A", "--input", "f")).isEqualTo(ExitCode.USAGE);
    assertThat(score("--prompt", "Q", "--response", "A", "--batch", "0")).isEqualTo(ExitCode.USAGE);
    assertThat(
            Parley.run(
                terminal.terminal(),
                "score",
                "--target",
                "http://here",
                "--prompt",
                "Q",
                "--response",
                "A"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("--target is \"http://here\"; expected HOST:PORT");
  }

  @Test
  void aModelNeedsABuiltService() throws IOException {
    Path model = Files.createDirectories(directory.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "");
    System.setProperty("parley.root", directory.toString());
    try {
      assertThat(
              Parley.run(
                  terminal.terminal(),
                  "score",
                  model.toString(),
                  "--prompt",
                  "Q",
                  "--response",
                  "A"))
          .isEqualTo(ExitCode.FAILED);
    } finally {
      System.clearProperty("parley.root");
    }
    assertThat(terminal.err())
        .contains("the reward service is not built", "mvn -q -DskipTests package");
  }

  private int score(String... arguments) {
    List<String> all = new ArrayList<>(List.of("score", "--target", reward.target()));
    all.addAll(List.of(arguments));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }

  private Path write(String rows) throws IOException {
    return Files.writeString(directory.resolve("rows.jsonl"), rows);
  }

  private static List<JsonNode> lines(String text) throws IOException {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : text.lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }
}
