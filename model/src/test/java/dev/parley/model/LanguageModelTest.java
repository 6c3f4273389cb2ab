package dev.parley.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.generation.FinishReason;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.Generator;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.SafetensorsWriter;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.WeightFiles;
import dev.parley.model.weights.Weights;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a model does as a whole: opening, saving, precision, threads, memory. */
class LanguageModelTest {

  @TempDir private Path directory;

  // ---- opening

  /** Writes the tiny model with other tensors. */
  private Path changed(UnaryOperator<List<SafetensorsWriter.Tensor>> change) {
    Path path = TinyModel.write(directory.resolve("changed"), 1);
    try (LanguageModel model = TinyModel.create(1)) {
      Files.delete(path.resolve(WeightFiles.SINGLE_FILE));
      SafetensorsWriter.write(
          path.resolve(WeightFiles.SINGLE_FILE),
          change.apply(new ArrayList<>(model.weights().tensors(StoredType.F32))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return path;
  }

  private static void assertRefused(Path path, String... words) {
    assertThatThrownBy(() -> LanguageModel.open(path, EngineOptions.CPU).close())
        .isInstanceOf(WeightException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContainingAll(words);
  }

  private static SafetensorsWriter.Tensor zeros(String name, Long... shape) {
    return new SafetensorsWriter.Tensor(
        name, StoredType.F32, List.of(shape), (first, count) -> new float[count]);
  }

  @Test
  void aMissingTensorIsNamed() {
    String name = "model.layers.1.self_attn.k_proj.weight";
    assertRefused(
        changed(
            tensors -> {
              assertThat(tensors.removeIf(tensor -> tensor.name().equals(name))).isTrue();
              return tensors;
            }),
        "lacks the tensor " + name);
  }

  @Test
  void aTensorTooManyIsNamed() {
    assertRefused(
        changed(
            tensors -> {
              tensors.add(zeros("model.layers.2.input_layernorm.weight", 32L));
              return tensors;
            }),
        "model.layers.2.input_layernorm.weight",
        "config.json and weights are not of the same model");
  }

  @Test
  void aTensorOfAnotherShapeIsNamedWithBothShapes() {
    assertRefused(
        changed(
            tensors -> {
              tensors.replaceAll(
                  tensor ->
                      tensor.name().equals("model.norm.weight")
                          ? zeros(tensor.name(), 31L)
                          : tensor);
              return tensors;
            }),
        "tensor model.norm.weight has shape [31], config.json asks for [32]");
  }

  @Test
  void aTiedHeadMayBeStoredAsACopyAndNothingElse() {
    Path copy =
        changed(
            tensors -> {
              SafetensorsWriter.Tensor embedding = tensors.get(0);
              assertThat(embedding.name()).isEqualTo("model.embed_tokens.weight");
              tensors.add(
                  new SafetensorsWriter.Tensor(
                      "lm_head.weight", embedding.type(), embedding.shape(), embedding.source()));
              return tensors;
            });
    try (LanguageModel model = LanguageModel.open(copy, EngineOptions.CPU);
        LanguageModel original = TinyModel.create(1)) {
      assertThat(model.weights().flat().toFloatArray())
          .isEqualTo(original.weights().flat().toFloatArray());
    }
  }

  @Test
  void aTiedHeadThatDiffersFromTheEmbeddingIsRefused() {
    assertRefused(
        changed(
            tensors -> {
              tensors.add(zeros("lm_head.weight", 259L, 32L));
              return tensors;
            }),
        "lm_head.weight differs from model.embed_tokens.weight",
        "tie_word_embeddings");
  }

  @Test
  void aTruncatedFileIsNamed() throws IOException {
    Path path = TinyModel.write(directory.resolve("cut"), 1);
    Path file = path.resolve(WeightFiles.SINGLE_FILE);
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertRefused(path, file.toString(), "is truncated");
  }

  @Test
  void aDirectoryWithoutWeightsSaysWhatItLacks() throws IOException {
    Path path = TinyModel.write(directory.resolve("empty"), 1);
    Files.delete(path.resolve(WeightFiles.SINGLE_FILE));
    assertRefused(path, "holds neither model.safetensors nor model.safetensors.index.json");
  }

  private static ModelConfig with(String fields) {
    return TinyModel.config().with(JsonParser.parseString(fields).getAsJsonObject());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {"model_type": "rwkv"}                       | "rwkv", which Parley does not know; it knows llama, qwen2, gpt2, mistral, qwen3, gemma2
          {"architectures": ["LlamaForTokenClassification"]} | expected LlamaForCausalLM or LlamaForSequenceClassification
          {"architectures": []}                        | "architectures" is [], expected a list of one name
          {"hidden_size": 0}                           | "hidden_size" is 0, expected a positive whole number
          {"hidden_size": "32"}                        | "hidden_size" is "32", expected a whole number
          {"hidden_size": null}                        | lacks "hidden_size"
          {"num_key_value_heads": 3}                   | "num_key_value_heads" is 3, expected a divisor of num_attention_heads, which is 4
          {"hidden_act": "relu2"}                      | "hidden_act" is "relu2", expected silu
          {"rope_scaling": {"rope_type": "yarn"}}      | "rope_type" is "yarn", expected default, linear or llama3
          {"rope_scaling": {"rope_type": "llama3"}}    | rope_scaling lacks "factor"
          {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "use_sliding_window": true} | "use_sliding_window" is true, expected false
          {"model_type": "qwen3", "architectures": ["Qwen3ForCausalLM"], "use_sliding_window": true} | "use_sliding_window" is true, expected false
          {"model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": 0} | "sliding_window" is 0, expected a positive whole number
          {"model_type": "mistral", "architectures": ["MistralForCausalLM"], "layer_types": ["full_attention"]} | "layer_types" is ["full_attention"], expected nothing
          {"model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "layer_types": ["full_attention"]} | "layer_types" is ["full_attention"], expected for each of 2 layers sliding_attention or full_attention
          {"model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "layer_types": ["full_attention", "chunked_attention"]} | expected for each of 2 layers sliding_attention or full_attention
          {"model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "attn_logit_softcapping": 0} | "attn_logit_softcapping" is 0, expected a positive number, or null for none
          {"model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "query_pre_attn_scalar": -1} | "query_pre_attn_scalar" is -1, expected a positive number
          {"model_type": "gemma2", "architectures": ["Gemma2ForCausalLM"], "use_bidirectional_attention": true} | "use_bidirectional_attention" is true, expected false
          {"architectures": ["LlamaForSequenceClassification"], "id2label": {}} | "id2label" is {}, expected a label for each number that the model gives
          {"architectures": ["LlamaForSequenceClassification"], "num_labels": 0} | "num_labels" is 0, expected a positive whole number
          """)
  void whatConfigJsonAsksForAndIsNotSupportedIsNamed(String fields, String message) {
    assertThatThrownBy(() -> LanguageModel.create(with(fields), 1, EngineOptions.CPU).close())
        .isInstanceOf(ModelConfigException.class)
        .hasMessageContaining("tiny model")
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"num_labels\": 2", "\"id2label\": {\"0\": \"a\", \"1\": \"b\"}"})
  void aModelGivesANumberForEachLabel(String labels) {
    String fields = "{\"architectures\": [\"LlamaForSequenceClassification\"], " + labels + "}";
    try (LanguageModel model = LanguageModel.create(with(fields), 1, EngineOptions.CPU)) {
      assertThat(model.heads()).isEqualTo(Heads.scores(2));
      assertThat(model.finalScalars(TokenBatch.of(List.of(new int[] {1, 2}, new int[] {3}))))
          .hasSize(4);
      Path written = TinyModel.write(directory.resolve("two"), model);
      try (LanguageModel again = LanguageModel.open(written, EngineOptions.CPU)) {
        assertThat(again.heads()).isEqualTo(Heads.scores(2));
        assertThat(again.weights().floats("score.weight"))
            .isEqualTo(model.weights().floats("score.weight"));
      }
    }
  }

  @Test
  void aHeadWithOtherOutputsBeginsAnewAndOneWithTheSameIsKept() {
    try (LanguageModel language = TinyModel.create(1);
        LanguageModel three = language.withHeads(Heads.scores(3), 2);
        LanguageModel kept = three.withHeads(Heads.scores(3), 9);
        LanguageModel one = three.withHeads(Heads.SCORE, 2);
        LanguageModel fresh = language.withHeads(Heads.SCORE, 2)) {
      assertThat(kept.weights().floats("score.weight"))
          .isEqualTo(three.weights().floats("score.weight"));
      assertThat(one.weights().floats("score.weight"))
          .isEqualTo(fresh.weights().floats("score.weight"));
    }
  }

  // ---- saving

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16"})
  void aModelSavedInSeveralFilesIsReadAgain(StoredType type) throws IOException {
    Path path = TinyModel.write(directory.resolve("sharded"), 3);
    Files.delete(path.resolve(WeightFiles.SINGLE_FILE));
    try (LanguageModel model = TinyModel.create(3)) {
      ModelFiles.writeWeights(path, model.weights().tensors(type), 20_000, (file, files) -> {});
      try (LanguageModel again = LanguageModel.open(path, EngineOptions.CPU);
          WeightFiles files = WeightFiles.open(path)) {
        assertThat(files.paths()).hasSizeGreaterThan(2);
        assertThat(files.storedType()).isEqualTo(type);
        float tolerance = type == StoredType.F32 ? 0 : type == StoredType.F16 ? 1e-3f : 8e-3f;
        float[] expected = model.weights().flat().toFloatArray();
        float[] actual = again.weights().flat().toFloatArray();
        for (int i = 0; i < expected.length; i++) {
          assertThat(actual[i])
              .isCloseTo(expected[i], within(tolerance * Math.max(Math.abs(expected[i]), 1e-3f)));
        }
      }
    }
  }

  @Test
  void aModelStoredInTheFormatThatItComputesInIsReadAsItIs() throws IOException {
    Path path = TinyModel.write(directory.resolve("bf16"), 3);
    Files.delete(path.resolve(WeightFiles.SINGLE_FILE));
    try (LanguageModel model = TinyModel.create(3)) {
      ModelFiles.writeWeights(
          path, model.weights().tensors(StoredType.BF16), Long.MAX_VALUE, (file, files) -> {});
    }
    try (LanguageModel widened = LanguageModel.open(path, EngineOptions.CPU);
        LanguageModel asStored =
            LanguageModel.open(path, new EngineOptions(Device.cpu(), Precision.BFLOAT16))) {
      for (String name : widened.weights().names()) {
        assertThat(asStored.weights().floats(name)).isEqualTo(widened.weights().floats(name));
      }
    }
  }

  @Test
  void shardsThatDisagreeWithTheirIndexAreNamed() throws IOException {
    Path path = TinyModel.write(directory.resolve("sharded"), 3);
    Files.delete(path.resolve(WeightFiles.SINGLE_FILE));
    try (LanguageModel model = TinyModel.create(3)) {
      ModelFiles.writeWeights(
          path, model.weights().tensors(StoredType.F32), 20_000, (file, files) -> {});
    }
    Path index = path.resolve(WeightFiles.INDEX_FILE);
    String text = Files.readString(index);
    JsonObject json = JsonParser.parseString(text).getAsJsonObject();
    JsonObject map = json.getAsJsonObject("weight_map");
    String last = map.get("model.norm.weight").getAsString();

    map.addProperty("model.embed_tokens.weight", last);
    Files.writeString(index, json.toString());
    assertRefused(path, "says that model.embed_tokens.weight is in", last, "where it is not");

    map.addProperty("model.embed_tokens.weight", "../elsewhere.safetensors");
    Files.writeString(index, json.toString());
    assertRefused(path, "names the file \"../elsewhere.safetensors\"");

    Files.writeString(index, text);
    Files.delete(path.resolve(last));
    assertRefused(path, "cannot open", last);
  }

  @Test
  void aSavedModelSaysInWhichFormatItIs() {
    try (LanguageModel model = TinyModel.create(1)) {
      Path text = TinyModel.write(directory.resolve("text"), 1);
      ModelFiles.write(model, text, directory.resolve("bf16"), StoredType.BF16);
    }
    ModelConfig config = ModelConfig.read(directory.resolve("bf16"));
    assertThat(config.text("torch_dtype")).isEqualTo("bfloat16");
    assertThat(config.architecture()).isEqualTo("LlamaForCausalLM");
    assertThat(directory.resolve("bf16/tokenizer.json")).exists();
  }

  // ---- making

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.parley.model.RandomModels#all")
  void aNewModelsNormsOnlyNormalise(RandomModels.Architecture architecture) {
    float neutral = architecture.config().text("model_type").equals("gemma2") ? 0 : 1;
    try (LanguageModel model = LanguageModel.create(architecture.config(), 1, EngineOptions.CPU)) {
      List<String> norms =
          model.weights().names().stream()
              .filter(name -> name.matches(".*(norm|ln_[12f])\\.weight"))
              .toList();
      assertThat(norms).hasSizeGreaterThanOrEqualTo(2 * model.shape().layers() + 1);
      for (String name : norms) {
        assertThat(model.weights().floats(name)).as(name).containsOnly(neutral);
      }
    }
  }

  // ---- precision

  private static LanguageModel inBfloat16(
      RandomModels.Architecture architecture, LanguageModel exact) {
    EngineOptions options = new EngineOptions(EngineOptions.CPU.device(), Precision.BFLOAT16);
    LanguageModel coarse = LanguageModel.create(architecture.config(), 1, options);
    coarse.weights().copyFrom(exact.weights());
    return coarse;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.parley.model.RandomModels#all")
  void bfloat16GivesTheSameNumbersToTwoDigits(RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(1), 3, 12);
    try (LanguageModel exact = architecture.create(1);
        LanguageModel coarse = inBfloat16(architecture, exact)) {
      List<float[]> expected = exact.logProbs(batch, 1);
      List<float[]> actual = coarse.logProbs(batch, 1);
      double difference = 0;
      int count = 0;
      for (int b = 0; b < expected.size(); b++) {
        for (int t = 0; t < expected.get(b).length; t++) {
          difference += Math.abs(expected.get(b)[t] - actual.get(b)[t]);
          count++;
        }
      }
      assertThat(difference / count).isBetween(1e-6, 0.1);
      List<Sequence> drawn = Generation.all(coarse, batch, SamplingOptions.plain(8, Set.of(), 3));
      assertThat(drawn).allSatisfy(s -> assertThat(s.length()).isEqualTo(8));
    }
  }

  @Test
  void aBfloat16ModelCollectsItsGradientInSinglePrecision() {
    TokenBatch batch = RandomModels.batch(new Random(2), 3, 12);
    RandomModels.Architecture architecture = RandomModels.all().findFirst().orElseThrow();
    try (LanguageModel exact = architecture.create(2);
        LanguageModel coarse = inBfloat16(architecture, exact)) {
      float[] expected = gradient(exact, batch);
      float[] actual = gradient(coarse, batch);
      double difference = 0;
      double length = 0;
      for (int i = 0; i < expected.length; i++) {
        difference += Math.pow(expected[i] - actual[i], 2);
        length += Math.pow(expected[i], 2);
      }
      assertThat(Math.sqrt(difference / length)).isBetween(1e-6, 0.05);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.parley.model.RandomModels#all")
  void theGradientOfABfloat16ModelPointsWhereThatOfTheExactOnePoints(
      RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(2), 3, 12);
    try (LanguageModel exact = architecture.create(2);
        LanguageModel coarse = inBfloat16(architecture, exact)) {
      float[] expected = gradient(exact, batch);
      float[] actual = gradient(coarse, batch);
      double cosine =
          dot(expected, actual) / Math.sqrt(dot(expected, expected) * dot(actual, actual));
      // Random weights are steep: rounding them moves the gradient by up to a quarter.
      assertThat(cosine).isGreaterThan(0.95);
    }
  }

  private static double dot(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> (double) a[i] * b[i]).sum();
  }

  private static float[] gradient(LanguageModel model, TokenBatch batch) {
    try (Weights gradients = model.gradientBuffers()) {
      assertThat(gradients.precision()).isEqualTo(Precision.FLOAT32);
      int[] positions = IntStream.range(0, batch.lengths()[0] - 1).toArray();
      try (ForwardPass pass = model.forward(batch, positions, new float[0])) {
        pass.backward(pass.logProbs().sum(), gradients);
      }
      return gradients.flat().toFloatArray();
    }
  }

  // ---- numbers that are none

  /** An untied model whose token 0 has an embedding that is not a number. */
  private static LanguageModel spoilt() {
    LanguageModel model =
        RandomModels.all()
            .filter(a -> a.name().contains("untied, own head width"))
            .findFirst()
            .orElseThrow()
            .create(5);
    float[] embedding = model.weights().floats("model.embed_tokens.weight");
    Arrays.fill(embedding, 0, model.shape().hidden(), Float.NaN);
    model.weights().setFloats("model.embed_tokens.weight", embedding);
    return model;
  }

  @Test
  void aRowThatIsNotANumberLeavesTheOtherRowsAsTheyAre() {
    List<int[]> rows =
        List.of(new int[] {0, 1, 2}, new int[] {3, 4, 5, 6, 7, 8}, new int[] {9, 0, 1, 2});
    try (LanguageModel model = spoilt()) {
      List<float[]> together = model.logProbs(TokenBatch.of(rows), 1);
      assertThat(together.get(0)).containsOnly(Float.NaN);
      assertThat(together.get(1))
          .containsExactly(
              model.logProbs(TokenBatch.of(List.of(rows.get(1))), 1).get(0), within(1e-5f));
      assertThat(together.get(2)[1]).isNaN();
    }
  }

  @Test
  void aSequenceThatIsNotANumberLeavesThoseBesideAndAfterItAsTheyAre() {
    SamplingOptions options = SamplingOptions.plain(6, Set.of(), 8);
    int[] sound = {3, 4, 5};
    try (LanguageModel model = spoilt();
        Generator generator = new Generator(model, 2, 2 * 16)) {
      List<Sequence> ended = new ArrayList<>();
      int[][] prompts = {{0, 1}, {2, 1, 0, 4}, sound, {0, 7, 0}, sound, sound};
      for (int[] prompt : prompts) {
        generator.submit(new Sequence(prompt, options, listener(ended)));
      }
      while (generator.step()) {
        assertThat(generator.active()).isBetween(0, 2);
      }
      assertThat(ended).hasSize(prompts.length);
      Sequence alone = Generation.all(model, TokenBatch.of(List.of(sound)), options).get(0);
      // A drawn token 0 spoils the rest of any sequence: the seed has none in it.
      assertThat(alone.tokens()).doesNotContain(0);
      for (Sequence sequence : ended) {
        if (sequence.promptLength() == sound.length && sequence.modelLogProbs()[0] < 0) {
          assertThat(sequence.tokens()).isEqualTo(alone.tokens());
          assertThat(sequence.modelLogProbs())
              .containsExactly(alone.modelLogProbs(), within(1e-5f));
        } else {
          assertThat(sequence.modelLogProbs()).containsOnly(Float.NaN);
        }
      }
      assertThat(ended.stream().filter(s -> s.modelLogProbs()[0] < 0)).hasSize(3);
    }
  }

  private static Sequence.Listener listener(List<Sequence> ended) {
    return new Sequence.Listener() {
      @Override
      public Optional<FinishReason> onToken(Sequence sequence) {
        return Optional.empty();
      }

      @Override
      public void onFinish(Sequence sequence, FinishReason reason) {
        ended.add(sequence);
      }
    };
  }

  // ---- threads and memory

  @Test
  void threadsThatShareAModelGetTheNumbersOfOne() throws Exception {
    TokenBatch batch = RandomModels.batch(new Random(9), 4, 30);
    SamplingOptions options = SamplingOptions.plain(10, Set.of(), 4);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (LanguageModel model = TinyModel.create(9);
        LanguageModel learner = TinyModel.create(9)) {
      float[][] scores = model.logProbs(batch, 1).toArray(float[][]::new);
      int[] tokens = Generation.all(model, batch, options).get(0).tokens();
      float[] slopes = gradient(learner, batch);
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < 24; i++) {
        int kind = i % 3;
        tasks.add(
            () -> {
              if (kind == 0) {
                assertThat(model.logProbs(batch, 1).toArray(float[][]::new)).isDeepEqualTo(scores);
              } else if (kind == 1) {
                assertThat(Generation.all(model, batch, options).get(0).tokens()).isEqualTo(tokens);
              } else {
                synchronized (learner) {
                  assertThat(gradient(learner, batch)).containsExactly(slopes, within(1e-5f));
                }
              }
              return null;
            });
      }
      for (Future<Void> future : threads.invokeAll(tasks)) {
        future.get();
      }
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void fourHundredStepsLeaveNativeMemoryAsItWas() {
    TokenBatch batch = RandomModels.batch(new Random(9), 8, 120);
    int[] positions = IntStream.range(0, batch.lengths()[0] - 1).toArray();
    SamplingOptions options = SamplingOptions.plain(2, Set.of(), 4);
    try (LanguageModel model = TinyModel.create(9);
        Weights gradients = model.gradientBuffers()) {
      Runnable step =
          () -> {
            try (ForwardPass pass = model.forward(batch, positions, new float[0])) {
              pass.backward(pass.logProbs().sum().add(pass.entropies().sum()), gradients);
            }
            gradients.clear();
            model.logProbs(batch, 0.7);
            Generation.all(model, batch, options);
          };
      IntStream.range(0, 50).forEach(i -> step.run());
      long before = NativeMemory.inUse();
      IntStream.range(0, 400).forEach(i -> step.run());
      // The hidden states of a batch, lost at each step, would be 29 MB. The compiler of Java
      // itself takes and gives back up to 10 MB.
      assertThat(NativeMemory.inUse() - before).as("bytes grown").isLessThan(16_000_000);
    }
  }
}
