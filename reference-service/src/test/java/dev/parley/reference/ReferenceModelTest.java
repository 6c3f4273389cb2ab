package dev.parley.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBudget;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.WeightFiles;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceModelTest {

  @TempDir Path parent;

  private static ReferenceSettings settings(Path directory, String digest) {
    return new ReferenceSettings(
        directory,
        Optional.ofNullable(digest),
        EngineOptions.CPU,
        OptionalInt.of(1),
        new TokenBudget(64),
        Duration.ZERO,
        64);
  }

  private static String digest(Path directory) {
    try (WeightFiles files = WeightFiles.open(directory)) {
      return files.digest();
    }
  }

  @Test
  void thePinnedWeightsAreServed() {
    Path directory = TinyModel.write(parent.resolve("model"), 1);
    String digest = digest(directory);
    try (ReferenceModel model = ReferenceModel.open(settings(directory, digest))) {
      assertThat(model.digest()).isEqualTo(digest);
      assertThat(model.architecture()).isEqualTo("LlamaForCausalLM");
      assertThat(model.vocabulary()).isEqualTo(259);
      assertThat(model.maxPositions()).isEqualTo(256);
    }
  }

  @Test
  void otherWeightsThanThePinnedAreRefusedWithBothDigests() {
    Path directory = TinyModel.write(parent.resolve("model"), 1);
    String pinned = digest(TinyModel.write(parent.resolve("other"), 2));
    assertThatThrownBy(() -> ReferenceModel.open(settings(directory, pinned)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(digest(directory))
        .hasMessageContaining("parley.reference.digest pins " + pinned);
  }

  @Test
  void aRewardModelIsRefused() {
    Path directory = TinyModel.writeReward(parent.resolve("reward"), 1);
    assertThatThrownBy(() -> ReferenceModel.open(settings(directory, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("LlamaForSequenceClassification")
        .hasMessageContaining("expected a *ForCausalLM model");
  }
}
