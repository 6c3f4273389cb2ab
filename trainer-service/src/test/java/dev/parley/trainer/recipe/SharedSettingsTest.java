package dev.parley.trainer.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.recipe.sft.SftConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SharedSettingsTest {

  @TempDir private static Path shared;
  private static Path model;

  @BeforeAll
  static void model() {
    model = TinyModel.write(shared.resolve("model"), 1);
  }

  private static SftConfig config(String... sets) {
    List<String> all =
        Stream.concat(Stream.of("run.id=r", "model.path=" + model, "data.files=f"), Stream.of(sets))
            .toList();
    return Configuration.load(SftConfig.class, Optional.empty(), all).recipe();
  }

  private static void check(String... sets) {
    Problems problems = new Problems();
    SharedSettings.check(config(sets), problems);
    problems.throwIfAny();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "..", "-x", "a b", ".hidden", "ü"})
  void aRunIsNamedSoThatItCanNameADirectory(String id) {
    assertThatThrownBy(() -> check("run.id=" + id))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("run.id is \"" + id + "\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"r", "2026-01-01_sft.v2", "A"})
  void ordinaryNamesAreFine(String id) {
    check("run.id=" + id);
  }

  @Test
  void aMissingModelAndAnUnknownDeviceAreBothNamed() {
    assertThatThrownBy(() -> check("model.path=/nowhere", "engine.device=tpu"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("model.path is /nowhere")
        .hasMessageContaining("engine.device is \"tpu\"");
  }

  @Test
  void noMoreLayersAreFrozenThanThereAre() {
    check("model.frozen-layers=2");
    assertThatThrownBy(() -> check("model.frozen-layers=3"))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining(
            "model.frozen-layers is 3, but the model at model.path " + model + " has 2 layers");
  }

  @Test
  void howMuchOfAModelLearnsIsSaid() {
    try (LanguageModel stored = SharedSettings.open(config())) {
      long all = stored.weights().parameters();
      assertThat(SharedSettings.describe(config(), stored)).isEqualTo(all + " parameters");
      assertThat(SharedSettings.describe(config("model.frozen-layers=2"), stored))
          .matches(all + " parameters, of which \\d+ learn");
    }
  }

  @Test
  void noRowIsLongerThanTheModelTakes() {
    assertThat(SharedSettings.longestSequence(config())).isEqualTo(256);
    SftConfig config = config("data.max-tokens=100");
    assertThat(SharedSettings.rows(config.data(), config).maxTokens()).isEqualTo(100);
    config = config("data.max-tokens=1000");
    assertThat(SharedSettings.rows(config.data(), config).maxTokens()).isEqualTo(256);
  }

  @Test
  void aRandomStartTakesTheConfigurationAloneFromTheDirectory() {
    try (LanguageModel stored = SharedSettings.open(config());
        LanguageModel random = SharedSettings.open(config("model.start=random", "run.seed=9"));
        LanguageModel again = SharedSettings.open(config("model.start=random", "run.seed=9"))) {
      assertThat(random.shape()).isEqualTo(stored.shape());
      assertThat(random.weights().flat().toFloatArray())
          .isEqualTo(again.weights().flat().toFloatArray())
          .isNotEqualTo(stored.weights().flat().toFloatArray());
    }
  }

  @Test
  void theWarmUpIsNoLongerThanTheRun() {
    assertThat(
            SharedSettings.schedule(config("optimizer.warm-up-steps=50").optimizer(), 1, 10)
                .warmupSteps())
        .isEqualTo(10);
  }
}
