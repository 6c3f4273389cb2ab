package dev.parley.cli.answers;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.proto.policy.v1.GenerateRequest;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code parley generate --target}. */
class GenerateTargetTest {

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @TempDir Path directory;

  @Test
  void aRunningPolicyAnswersWithTheSamplingOfTheCommandLine() throws IOException {
    try (FakePolicy policy = new FakePolicy()) {
      assertThat(
              generate(
                  policy,
                  "--prompt",
                  "Tea?",
                  "-n",
                  "2",
                  "--temperature",
                  "0.5",
                  "--top-k",
                  "7",
                  "--max-new-tokens",
                  "9"))
          .isEqualTo(ExitCode.OK);

      assertThat(terminal.out()).isEqualTo("Tea? 0\nTea? 1\n");
      GenerateRequest asked = policy.requests.get(0);
      assertThat(asked.getN()).isEqualTo(2);
      assertThat(asked.getSampling().getTemperature()).isEqualTo(0.5);
      assertThat(asked.getSampling().getTopK()).isEqualTo(7);
      assertThat(asked.getSampling().getMaxNewTokens()).isEqualTo(9);
      assertThat(asked.getConversation().getMessages(0).getRole()).isEqualTo("user");
    }
  }

  @Test
  void aFileOfPromptsBecomesOneLinePerAnswerInItsOrderThoughManyAreAskedAtOnce()
      throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int i = 0; i < 40; i++) {
      rows.append("{\"prompt\":\"Q%d\",\"reference_answer\":\"%d\"}\n".formatted(i, i));
    }
    Path prompts = Files.writeString(directory.resolve("prompts.jsonl"), rows);
    try (FakePolicy policy = new FakePolicy()) {
      assertThat(generate(policy, "--input", prompts.toString(), "-n", "2")).isZero();
    }

    List<JsonNode> lines = new ArrayList<>();
    for (String line : terminal.out().lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    assertThat(lines).hasSize(80);
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i).get("response").asText()).isEqualTo("Q%d %d".formatted(i / 2, i % 2));
      assertThat(lines.get(i).get("reference_answer").asText()).isEqualTo(Integer.toString(i / 2));
      assertThat(lines.get(i).get("finish_reason").asText()).isEqualTo("stop_token");
      assertThat(lines.get(i).get("tokens").asInt()).isEqualTo(2);
    }
  }

  @Test
  void aBusyPolicyIsAskedAgain() throws IOException {
    try (FakePolicy policy = new FakePolicy()) {
      policy.refusals.add(Status.RESOURCE_EXHAUSTED.withDescription("the queue is full"));

      assertThat(generate(policy, "--prompt", "Tea?")).isZero();
      assertThat(terminal.out()).isEqualTo("Tea? 0\n");
    }
  }

  @Test
  void aRefusalAndAnAbsentPolicyFailWithTheAddressAndTheReason() throws IOException {
    try (FakePolicy policy = new FakePolicy()) {
      policy.refusals.add(Status.INVALID_ARGUMENT.withDescription("n is too large"));

      assertThat(generate(policy, "--prompt", "Tea?")).isEqualTo(ExitCode.FAILED);
      assertThat(terminal.err())
          .contains("policy service at " + policy.target(), "INVALID_ARGUMENT (n is too large)");
    }
    String nobody = "localhost:" + Ports.free();
    assertThat(Parley.run(terminal.terminal(), "generate", "--target", nobody, "--prompt", "A"))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains(nobody, "UNAVAILABLE", "Is it running");
  }

  @Test
  void aModelAndATargetTogetherAndOptionsOfAModelAreWrongUsage() {
    assertThat(
            Parley.run(terminal.terminal(), "generate", "DIR", "--target", "a:1", "--prompt", "A"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(
            Parley.run(
                terminal.terminal(),
                "generate",
                "--target",
                "a:1",
                "--prompt",
                "A",
                "--device",
                "cuda"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(Parley.run(terminal.terminal(), "generate", "--target", "a", "--prompt", "A"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(Parley.run(terminal.terminal(), "generate", "--prompt", "A"))
        .isEqualTo(ExitCode.USAGE);

    assertThat(terminal.err())
        .contains("--device: a policy service has", "--target is \"a\"; expected HOST:PORT");
  }

  private int generate(FakePolicy policy, String... arguments) {
    List<String> all = new ArrayList<>(List.of("generate", "--target", policy.target()));
    all.addAll(List.of(arguments));
    return Parley.run(terminal.terminal(), all.toArray(String[]::new));
  }
}
