package dev.parley.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.RandomModels;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.SafetensorsFile;
import dev.parley.model.weights.SafetensorsWriter;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters on disk: written, found with their base, merged, and refused. */
class AdapterFilesTest {

  private static final TokenBatch BATCH =
      TokenBatch.of(List.of(new int[] {3, 1, 4, 1, 5}, new int[] {9, 2, 6}));

  @TempDir private Path directory;

  private Path base() {
    Path base = directory.resolve("base");
    return Files.exists(base) ? base : TinyModel.write(base, 1);
  }

  private Path adapter(Heads heads) {
    return TinyModel.writeAdapter(directory.resolve("adapter"), base(), heads, 2);
  }

  private static LanguageModel open(Path directory) {
    return LanguageModel.open(directory, EngineOptions.CPU);
  }

  // ---- merging

  @Test
  void anAdapterIsMergedIntoItsBaseWhereAModelIsOpened() {
    Path adapter = adapter(Heads.LANGUAGE);
    try (LanguageModel merged = open(adapter);
        LanguageModel base = open(base());
        LanguageModel adapted = TinyModel.adapted(base, Heads.LANGUAGE, 2)) {
      assertThat(merged.adapter()).isEmpty();
      float[] expected = adapted.logProbs(BATCH, 1).get(0);
      assertThat(merged.logProbs(BATCH, 1).get(0)).containsExactly(expected, within(1e-5f));
      assertThat(base.logProbs(BATCH, 1).get(0)).isNotEqualTo(expected);
    }
  }

  @Test
  void aRewardAdapterBringsTheHeadThatItsBaseLacks() {
    Path adapter = adapter(Heads.SCORE);
    try (LanguageModel merged = open(adapter);
        LanguageModel base = open(base());
        LanguageModel adapted = TinyModel.adapted(base, Heads.SCORE, 2)) {
      assertThat(merged.architecture()).isEqualTo("LlamaForSequenceClassification");
      assertThat(merged.finalScalars(BATCH))
          .containsExactly(adapted.finalScalars(BATCH), within(1e-5f));
    }
  }

  @Test
  void andAHeadOfSeveralNumbers() {
    Path adapter = adapter(Heads.scores(3));
    try (LanguageModel merged = open(adapter);
        LanguageModel base = open(base());
        LanguageModel adapted = TinyModel.adapted(base, Heads.scores(3), 2)) {
      assertThat(merged.heads()).isEqualTo(Heads.scores(3));
      assertThat(merged.finalScalars(BATCH))
          .containsExactly(adapted.finalScalars(BATCH), within(1e-5f));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.parley.model.RandomModels#all")
  void whatAModelWithAnAdapterWritesIsTheMergedModel(RandomModels.Architecture architecture) {
    Path written = directory.resolve("merged");
    TokenBatch batch = RandomModels.batch(new Random(3), 2, 6);
    try (LanguageModel base = architecture.create(3);
        LanguageModel adapted = TinyModel.adapted(base, Heads.LANGUAGE, 4)) {
      ModelFiles.write(adapted, directory, written, StoredType.F32);
      try (LanguageModel merged = open(written)) {
        assertThat(merged.weights().names()).isEqualTo(base.weights().names());
        assertThat(merged.logProbs(batch, 1).get(0))
            .containsExactly(adapted.logProbs(batch, 1).get(0), within(2e-5f));
      }
    }
  }

  @Test
  void aRewardModelOnALanguageModelIsWrittenWithoutTheLanguageHead() {
    Path written = directory.resolve("reward");
    try (LanguageModel base = TinyModel.createUntied(5);
        LanguageModel adapted = TinyModel.adapted(base, Heads.SCORE, 6)) {
      TinyModel.write(written, adapted);
      try (LanguageModel reward = open(written)) {
        assertThat(reward.weights().names())
            .contains("score.weight")
            .doesNotContain("lm_head.weight");
        assertThat(reward.finalScalars(BATCH))
            .containsExactly(adapted.finalScalars(BATCH), within(1e-5f));
      }
    }
  }

  @Test
  void inBfloat16TheSumIsRoundedOnce() {
    Path adapter = adapter(Heads.LANGUAGE);
    String name = "model.layers.1.mlp.down_proj.weight";
    EngineOptions coarse = new EngineOptions(EngineOptions.CPU.device(), Precision.BFLOAT16);
    try (LanguageModel exact = open(adapter);
        LanguageModel rounded = LanguageModel.open(adapter, coarse)) {
      float[] expected = exact.weights().floats(name);
      float[] actual = rounded.weights().floats(name);
      for (int i = 0; i < expected.length; i++) {
        // Half a unit in the last place of the sum, and as much of the base, which is rounded too.
        assertThat(actual[i]).isCloseTo(expected[i], within(Math.abs(expected[i]) / 128 + 4e-3f));
      }
      assertThat(actual).isNotEqualTo(expected);
    }
  }

  // ---- reading back

  @Test
  void anAdapterThatLearnsIsReadBackBitForBit() {
    Path adapter = adapter(Heads.SCORE);
    try (LanguageModel base = open(base());
        LanguageModel written = TinyModel.adapted(base, Heads.SCORE, 2);
        LanguageModel other = TinyModel.adapted(base, Heads.SCORE, 7)) {
      AdapterFiles.read(adapter, other.adapter().orElseThrow());
      assertThat(other.learning().flat().toFloatArray())
          .isEqualTo(written.learning().flat().toFloatArray());
    }
  }

  @Test
  void anAdapterOfOtherProjectionsIsNotReadBack() {
    Path adapter = adapter(Heads.LANGUAGE);
    try (LanguageModel base = open(base());
        LanguageModel other =
            base.adapted(new LoraSettings(2, 4, List.of("q_proj"), 0, false), Heads.LANGUAGE, 1)) {
      Adapter reading = other.adapter().orElseThrow();
      assertThatThrownBy(() -> AdapterFiles.read(adapter, reading))
          .isInstanceOf(WeightException.class)
          .hasMessageContainingAll("is another adapter", "mlp.up_proj.lora_A.weight");
    }
  }

  // ---- where the base is

  @Test
  void theBaseMayBeNamedFromTheAdaptersOwnDirectory() throws IOException {
    Path adapter = adapter(Heads.LANGUAGE);
    change(adapter, json -> json.replace(base().toAbsolutePath().toString(), "../base"));
    assertThat(ModelDirectory.of(adapter).base()).isEqualTo(base().toAbsolutePath());
  }

  @Test
  void aBaseThatIsNotThereIsNamedWithTheFileThatNamesIt() throws IOException {
    Path adapter = adapter(Heads.LANGUAGE);
    change(adapter, json -> json.replace(base().toAbsolutePath().toString(), "org/model"));
    assertThatThrownBy(() -> open(adapter))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContainingAll(
            adapter.resolve(AdapterConfig.FILE).toString(), "\"org/model\"", "give the directory");
    try (LanguageModel merged =
        LanguageModel.open(ModelDirectory.of(adapter, Optional.of(base())), EngineOptions.CPU)) {
      assertThat(merged.heads()).isEqualTo(Heads.LANGUAGE);
    }
  }

  @Test
  void anAdapterThatNamesNoBaseSaysSo() throws IOException {
    Path adapter = adapter(Heads.LANGUAGE);
    change(adapter, json -> json.replace("\"" + base().toAbsolutePath() + "\"", "null"));
    assertThatThrownBy(() -> ModelDirectory.of(adapter))
        .hasMessageContaining("does not say which model the adapter belongs to");
  }

  @Test
  void theWeightsMustBeThoseThatTheAdapterWasMadeOn() {
    Path adapter = adapter(Heads.LANGUAGE);
    Path other = TinyModel.write(directory.resolve("other"), 3);
    assertThatThrownBy(
            () ->
                LanguageModel.open(
                    ModelDirectory.of(adapter, Optional.of(other)), EngineOptions.CPU))
        .isInstanceOf(WeightException.class)
        .hasMessageContainingAll(
            "was made on weights with the SHA-256",
            ModelDirectory.of(base()).digest(),
            ModelDirectory.of(other).digest());
  }

  @Test
  void anAdapterOnAnAdapterIsRefused() {
    Path adapter = adapter(Heads.LANGUAGE);
    assertThatThrownBy(() -> ModelDirectory.of(adapter, Optional.of(adapter)))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("is an adapter itself; merge that one first");
  }

  @Test
  void aModelByItselfHasNoBase() {
    assertThatThrownBy(() -> ModelDirectory.of(base(), Optional.of(directory)))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("is no adapter");
    assertThat(ModelDirectory.of(base()).base()).isEqualTo(base());
  }

  @Test
  void theDigestIsThatOfBaseConfigurationAndTensors() throws IOException {
    Path adapter = adapter(Heads.LANGUAGE);
    String digest = ModelDirectory.of(adapter).digest();
    assertThat(digest).isEqualTo(ModelDirectory.of(adapter).digest()).hasSize(64);
    change(adapter, json -> json.replace("\"lora_alpha\": 4", "\"lora_alpha\": 5"));
    assertThat(ModelDirectory.of(adapter).digest()).isNotEqualTo(digest);
  }

  @Test
  void tokenizerAndTemplateAreTheAdaptersOwnIfItHasThem() throws IOException {
    Path adapter = adapter(Heads.LANGUAGE);
    assertThat(ModelDirectory.of(adapter).text()).isEqualTo(base().toAbsolutePath());
    ModelFiles.copyTextFiles(base(), adapter);
    assertThat(ModelDirectory.of(adapter).text()).isEqualTo(adapter);
  }

  // ---- tensors that do not fit

  @Test
  void tensorsThatDoNotFitAreRefusedByName() {
    String a = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
    assertRefused(
        tensors -> tensors.removeIf(tensor -> tensor.name().equals(a)),
        "holds " + a.replace("lora_A", "lora_B") + " but not " + a);
    assertRefused(
        tensors -> tensors.replaceAll(tensor -> renamed(tensor, "layers.0.", "layers.7.")),
        "the base model has no tensor model.layers.7.");
    assertRefused(
        tensors -> tensors.add(zeros("base_model.model.lm_head.weight", 259, 32)),
        "its output head is the embedding");
    assertRefused(
        tensors -> tensors.add(zeros("model.norm.weight", 32)),
        "holds model.norm.weight, expected names that begin with base_model.model.");
    assertRefused(
        tensors -> tensors.replaceAll(tensor -> tensor.name().equals(a) ? zeros(a, 2, 16) : tensor),
        "model.layers.0.self_attn.q_proj.weight has shape [32, 32], a product of shape [32, 16]");
    assertRefused(
        tensors -> tensors.replaceAll(tensor -> tensor.name().equals(a) ? zeros(a, 3, 32) : tensor),
        "has shape [3, 32] and its B [32, 2]");
  }

  @Test
  void aRewardAdapterWithoutItsHeadIsRefused() throws IOException {
    Path adapter = adapter(Heads.LANGUAGE);
    change(adapter, json -> json.replace("CAUSAL_LM", "SEQ_CLS"));
    assertThatThrownBy(() -> open(adapter))
        .isInstanceOf(WeightException.class)
        .hasMessageContainingAll("lacks base_model.model.score.weight", "modules_to_save");
  }

  @Test
  void aLanguageAdapterDoesNotFitARewardModel() {
    Path adapter = adapter(Heads.LANGUAGE);
    Path reward = TinyModel.writeReward(directory.resolve("reward"), 1);
    Path untold = withoutDigest(adapter);
    assertThatThrownBy(
            () ->
                LanguageModel.open(
                    ModelDirectory.of(untold, Optional.of(reward)), EngineOptions.CPU))
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContainingAll("CAUSAL_LM", "LlamaForSequenceClassification");
  }

  @Test
  void pickledAdaptersAreRefused() throws IOException {
    Path adapter = adapter(Heads.LANGUAGE);
    Files.move(adapter.resolve(AdapterFiles.WEIGHTS), adapter.resolve("adapter_model.bin"));
    assertThatThrownBy(() -> open(adapter))
        .isInstanceOf(WeightException.class)
        .hasMessageContainingAll("holds no adapter_model.safetensors", "adapter_model.bin");
  }

  private void assertRefused(Consumer<List<SafetensorsWriter.Tensor>> change, String words) {
    try {
      Path broken = Files.createTempDirectory(directory, "broken");
      Path adapter = TinyModel.writeAdapter(broken, base(), Heads.LANGUAGE, 2);
      rewrite(adapter, change);
      assertThatThrownBy(() -> open(adapter))
          .isInstanceOf(WeightException.class)
          .hasMessageContaining(words);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path withoutDigest(Path adapter) {
    try {
      rewrite(adapter, tensors -> {});
      return adapter;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Writes an adapter's tensors anew, as PEFT would: without the base's digest. */
  private static void rewrite(Path adapter, Consumer<List<SafetensorsWriter.Tensor>> change)
      throws IOException {
    Path path = adapter.resolve(AdapterFiles.WEIGHTS);
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      for (String name : file.names()) {
        float[] values = file.floats(name);
        tensors.add(
            new SafetensorsWriter.Tensor(
                name,
                StoredType.F32,
                file.entry(name).shape(),
                SafetensorsWriter.Source.ofWhole(values::clone)));
      }
    }
    change.accept(tensors);
    Files.delete(path);
    SafetensorsWriter.write(path, tensors);
  }

  private static SafetensorsWriter.Tensor renamed(
      SafetensorsWriter.Tensor tensor, String from, String to) {
    return new SafetensorsWriter.Tensor(
        tensor.name().replace(from, to), tensor.type(), tensor.shape(), tensor.source());
  }

  private static SafetensorsWriter.Tensor zeros(String name, long... shape) {
    List<Long> dimensions = new ArrayList<>();
    for (long dimension : shape) {
      dimensions.add(dimension);
    }
    return new SafetensorsWriter.Tensor(
        name, StoredType.F32, dimensions, (first, count) -> new float[count]);
  }

  private static void change(Path adapter, UnaryOperator<String> edit) throws IOException {
    Path config = adapter.resolve(AdapterConfig.FILE);
    Files.writeString(config, edit.apply(Files.readString(config)));
  }
}
