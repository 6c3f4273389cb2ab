package dev.parley.cli.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.lineage.Lineage;
import dev.parley.cli.lineage.LineageTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OriginsTest {

  @TempDir private Path directory;

  private Path file(String name) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, name);
  }

  @Test
  void theQuickstartsPolicyDescendsFromItsRewardModelItsFineTunedModelAndTheirData()
      throws IOException {
    for (String name :
        List.of(
            "base/config.json",
            "data/demonstrations.jsonl",
            "data/preferences.jsonl",
            "data/prompts.jsonl",
            "sft/model/model.safetensors",
            "reward-model/model/model.safetensors",
            "model/model.safetensors")) {
      file(name);
    }
    Path sft = directory.resolve("sft");
    Path policy = sft.resolve("model");
    Path rewardRun = directory.resolve("reward-model");
    Path reward = rewardRun.resolve("model");

    Origins.remember("sft", QuickstartSettings.sft(directory, sft, "q", 1), sft);
    Map<String, Object> ofReward =
        QuickstartSettings.rewardModel(directory, rewardRun, "q", 1, policy);
    Origins.remember("reward-model", ofReward, rewardRun);
    Map<String, Object> ofPpo =
        QuickstartSettings.ppo(directory, "q", 1, policy, reward, "localhost:9", 40);
    Origins.remember("ppo", ofPpo, directory);

    Lineage lineage = Lineage.find(directory.resolve("model")).orElseThrow();
    assertThat(lineage.arguments())
        .contains("ppo.updates=40", "run.seed=1")
        .noneMatch(argument -> argument.contains("localhost:9"));
    assertThat(String.join("\n", LineageTree.of("model", Optional.of(lineage.digest()), lineage)))
        .containsSubsequence(
            "by train ppo",
            "model: " + policy,
            "by train sft",
            "model, drawn from its shape: " + directory.resolve("base"),
            "data: " + directory.resolve("data/demonstrations.jsonl"),
            "data: " + directory.resolve("data/prompts.jsonl"),
            "reward: " + reward,
            "by train reward-model",
            "data: " + directory.resolve("data/preferences.jsonl"))
        .doesNotContain("changed since");
    assertThat(Lineage.find(sft)).map(Lineage::maker).contains("train sft");
  }
}
