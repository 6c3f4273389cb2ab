package dev.parley.cli.up;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.process.ProgramJar;
import dev.parley.cli.terminal.CapturedTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RewardProcessTest {

  @TempDir Path root;

  @BeforeEach
  void build() throws IOException {
    ProgramJar.write(
        root.resolve("reward-service/target/quarkus-app/quarkus-run.jar"), FakeService.class);
    System.setProperty("parley.root", root.toString());
  }

  @AfterEach
  void forget() {
    System.clearProperty("parley.root");
  }

  @Test
  void aModelIsServedOnItsDeviceWithItsThreads() throws IOException {
    Path model = Files.createDirectories(root.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "");

    RewardProcess process = plan(model.toString());

    assertThat(process.plan().command())
        .contains(
            "-Dparley.reward.scorers.model.directory=" + model,
            "-Dparley.reward.scorers.model.device=cuda:1",
            "-Dparley.reward.threads=3",
            "-Dquarkus.http.port=" + process.target().replace("localhost:", ""));
    assertThat(process.plan().environment()).containsEntry("OMP_WAIT_POLICY", "passive");
    assertThat(process.plan().log()).isEqualTo(root.resolve("reward.log"));
  }

  @Test
  void aModelOfSeveralAttributesWantsWeights() throws IOException {
    Path model = Files.createDirectories(root.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "");
    Files.writeString(
        model.resolve("reward_model.json"),
        "{\"attributes\": [{\"attribute\": \"helpful\"}, {\"attribute\": \"long\"}]}");

    assertThatThrownBy(() -> plan(model.toString()))
        .isInstanceOf(Failure.class)
        .hasMessage(model + " scores helpful, long, and nothing says what each weighs");
  }

  @Test
  void aModelOfStepsIsServedAsOne() throws IOException {
    Path model = Files.createDirectories(root.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "");
    assertThat(plan(model.toString()).plan().command())
        .contains("-Dparley.reward.scorers.model.type=model");

    Files.writeString(model.resolve("reward_model.json"), "{\"step_separator\": \"\\n\"}");
    assertThat(plan(model.toString()).plan().command())
        .contains("-Dparley.reward.scorers.model.type=process-model");
  }

  @Test
  void rulesHaveNoDevice() throws IOException {
    Path rules = Files.writeString(root.resolve("rules.yaml"), "");

    assertThat(plan("rules:" + rules).plan().command())
        .contains("-Dquarkus.config.locations=" + rules)
        .noneMatch(argument -> argument.contains("device"));
    assertThatThrownBy(() -> plan("rules:none.yaml"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("none.yaml with rules");
  }

  private RewardProcess plan(String written) {
    ModelArgument models = ModelArgument.ofProcess(CapturedTerminal.piped().terminal());
    return RewardProcess.plan(
        RewardArgument.properties(written, "cuda:1", models), 3, root, Duration.ofSeconds(1));
  }
}
