package dev.parley.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.decoder.TokenBudget;
import dev.parley.model.torchscript.EngineOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReferenceModelTest {

  @TempDir Path parent;

  private static ReferenceSettings settings(Path directory, String digest) {
    return new ReferenceSettings(
        directory,
        Optional.empty(),
        Optional.ofNullable(digest),
        EngineOptions.CPU,
        OptionalInt.of(1),
        new TokenBudget(64),
        Duration.ZERO,
        64);
  }

  private static String digest(Path directory) {
    return ModelDirectory.of(directory).digest();
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
  void anAdapterIsServedMergedIntoItsBase() {
    Path base = TinyModel.write(parent.resolve("model"), 1);
    Path adapter = TinyModel.writeAdapter(parent.resolve("adapter"), base, Heads.LANGUAGE, 2);
    TokenBatch batch = TokenBatch.of(List.of(new int[] {3, 1, 4, 1, 5}));
    int[] positions = {0, 1, 2};
    float[] temperatures = {1, 1, 1};
    try (ReferenceModel model = ReferenceModel.open(settings(adapter, null));
        LanguageModel plain = TinyModel.create(1);
        LanguageModel expected = TinyModel.adapted(plain, Heads.LANGUAGE, 2)) {
      assertThat(model.digest()).isEqualTo(digest(adapter)).isNotEqualTo(digest(base));
      assertThat(model.logProbs(batch, positions, temperatures))
          .containsExactly(
              expected.scores(batch, positions, new float[0]).logProbs(), within(1e-5f));
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
