package dev.parley.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import ai.djl.ndarray.NDArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.adapter.LoraSettings;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.SafetensorsFile;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.Weights;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Every adapter that PEFT wrote gives PEFT's numbers, merged and learning. */
class FixtureAdaptersTest {

  @TestFactory
  Stream<DynamicNode> adapters() {
    List<DynamicNode> nodes = new ArrayList<>();
    if (!FixtureDirectory.has("adapters")) {
      return Stream.of(FixtureDirectory.absent("adapters"));
    }
    Path adapters = FixtureDirectory.resolve("adapters");
    for (JsonElement element :
        FixtureDirectory.json(adapters.resolve("index.json")).getAsJsonArray("adapters")) {
      String name = element.getAsJsonObject().get("name").getAsString();
      nodes.add(dynamicContainer(name, tests(adapters.resolve(name))));
    }
    return nodes.stream();
  }

  private static Stream<DynamicNode> tests(Path directory) {
    List<DynamicNode> tests = new ArrayList<>();
    tests.add(dynamicTest("merged at load", () -> mergedModelAgrees(directory)));
    JsonObject config =
        FixtureDirectory.json(directory.resolve("io.json")).getAsJsonObject("config");
    boolean uniform = !config.has("rank_pattern") && !config.has("alpha_pattern");
    boolean decoderAlone = !config.has("modules_to_save");
    if (uniform && decoderAlone) {
      tests.add(dynamicTest("gradients", () -> gradientsAgree(directory)));
      tests.add(dynamicTest("saved and read again", () -> survivesSaving(directory)));
    }
    return tests.stream();
  }

  private static void mergedModelAgrees(Path directory) {
    Tolerance tolerance = tolerance(directory, "logits");
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU);
        SafetensorsFile io = SafetensorsFile.open(directory.resolve("io.safetensors"))) {
      assertThat(model.adapter()).isEmpty();
      if (model.heads().equals(Heads.SCORE)) {
        tolerance.check("rewards", model.finalScalars(batch(io)), io.floats("rewards"));
        return;
      }
      float[][] logits = model.logits(batch(io));
      float[] expected = io.floats("logits");
      int vocabulary = model.shape().vocabulary();
      int width = Math.toIntExact(io.entry("input_ids").shape().get(1));
      int next = 0;
      for (int b = 0; b < batch(io).rows(); b++) {
        for (int t = 0; t < batch(io).lengths()[b]; t++) {
          int at = (b * width + t) * vocabulary;
          tolerance.check(
              "logits of row " + b + ", position " + t,
              logits[next++],
              Arrays.copyOfRange(expected, at, at + vocabulary));
        }
      }
    }
  }

  private static void gradientsAgree(Path directory) {
    Tolerance tolerance = tolerance(directory, "gradients");
    try (LanguageModel model = learning(directory);
        SafetensorsFile io = SafetensorsFile.open(directory.resolve("io.safetensors"));
        Weights gradients = model.gradientBuffers()) {
      assertThat(gradients.names()).isNotEmpty();
      try (ForwardPass pass = model.forward(batch(io), positions(model, io), new float[0])) {
        NDArray loss = loss(model, pass, io);
        tolerance.check(
            "loss",
            loss.getFloat(),
            FixtureDirectory.json(directory.resolve("io.json")).get("loss").getAsDouble());
        pass.backward(loss, gradients);
      }
      Map<String, float[]> expected = new TreeMap<>();
      io.names().stream()
          .filter(name -> name.startsWith("gradient."))
          .forEach(name -> expected.put(name.substring("gradient.".length()), io.floats(name)));
      assertThat(gradients.names()).containsExactlyInAnyOrderElementsOf(expected.keySet());
      expected.forEach((name, gradient) -> tolerance.check(name, gradients.floats(name), gradient));
    }
  }

  private static int[] positions(LanguageModel model, SafetensorsFile io) {
    TokenBatch batch = batch(io);
    if (model.heads().equals(Heads.SCORE)) {
      return batch.lastPositions();
    }
    List<Integer> positions = new ArrayList<>();
    for (int b = 0; b < batch.rows(); b++) {
      for (int t = 0; t < batch.lengths()[b] - 1; t++) {
        positions.add(batch.starts()[b] + t);
      }
    }
    return positions.stream().mapToInt(Integer::intValue).toArray();
  }

  /** Σ c log p(next token), or Σ (c reward)². */
  private static NDArray loss(LanguageModel model, ForwardPass pass, SafetensorsFile io) {
    TokenBatch batch = batch(io);
    float[] all = io.floats("coefficients");
    int width = all.length / batch.rows();
    if (model.heads().equals(Heads.SCORE)) {
      float[] first = new float[batch.rows()];
      for (int b = 0; b < first.length; b++) {
        first[b] = all[b * width];
      }
      return pass.scalars().mul(pass.scope().create(first)).square().sum();
    }
    float[] coefficients = new float[batch.size() - batch.rows()];
    int next = 0;
    for (int b = 0; b < batch.rows(); b++) {
      for (int t = 0; t < batch.lengths()[b] - 1; t++) {
        coefficients[next++] = all[b * width + t];
      }
    }
    return pass.logProbs().mul(pass.scope().create(coefficients)).sum();
  }

  /** What is saved stays there, for {@code bench/peft_parity.py} to look at. */
  private static void survivesSaving(Path directory) throws IOException {
    Path saved = Path.of("target", "saved-adapters").resolve(directory.getFileName());
    ModelDirectory here = ModelDirectory.of(directory);
    try (LanguageModel model = learning(directory)) {
      Files.createDirectories(saved);
      for (String file : List.of(AdapterConfig.FILE, AdapterFiles.WEIGHTS)) {
        Files.deleteIfExists(saved.resolve(file));
      }
      AdapterFiles.Base base =
          new AdapterFiles.Base(
              here.base().toAbsolutePath().normalize().toString(), here.baseDigest());
      AdapterFiles.write(model.adapter().orElseThrow(), base, saved, StoredType.F32);
    }
    try (SafetensorsFile original = SafetensorsFile.open(directory.resolve(AdapterFiles.WEIGHTS));
        SafetensorsFile again = SafetensorsFile.open(saved.resolve(AdapterFiles.WEIGHTS))) {
      assertThat(again.names()).isEqualTo(original.names());
      for (String name : original.names()) {
        assertThat(again.entry(name).shape()).as(name).isEqualTo(original.entry(name).shape());
        assertThat(again.floats(name)).as(name).isEqualTo(original.floats(name));
      }
    }
    AdapterConfig before = AdapterConfig.read(directory);
    AdapterConfig after = AdapterConfig.read(saved);
    assertThat(after.task()).isEqualTo(before.task());
    assertThat(after.scale("x", after.rank())).isEqualTo(before.scale("x", before.rank()));
    learning(saved).close();
    assertThat(LanguageModelNumbers.of(saved)).isEqualTo(LanguageModelNumbers.of(directory));
  }

  /** What a model says of one row. */
  private record LanguageModelNumbers(String architecture, List<Float> numbers) {

    static LanguageModelNumbers of(Path directory) {
      TokenBatch batch = TokenBatch.of(List.of(new int[] {3, 1, 4, 1, 5, 9, 2, 6}));
      try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU)) {
        float[] numbers =
            model.heads().equals(Heads.SCORE)
                ? model.finalScalars(batch)
                : model.logProbs(batch, 1).get(0);
        List<Float> boxed = new ArrayList<>();
        for (float number : numbers) {
          boxed.add(number);
        }
        return new LanguageModelNumbers(model.architecture(), boxed);
      }
    }
  }

  /** The base with an adapter that learns, as the files have it. */
  private static LanguageModel learning(Path directory) {
    AdapterConfig config = AdapterConfig.read(directory);
    LoraSettings settings =
        new LoraSettings(
            config.rank(), config.alpha(), config.targets(), 0, config.rankStabilised());
    Heads heads = config.task() == AdapterConfig.Task.SEQ_CLS ? Heads.SCORE : Heads.LANGUAGE;
    ModelDirectory here = ModelDirectory.of(directory);
    try (LanguageModel base = LanguageModel.open(here.base(), EngineOptions.CPU)) {
      LanguageModel model = base.adapted(settings, heads, 1);
      AdapterFiles.read(directory, model.adapter().orElseThrow());
      return model;
    }
  }

  private static TokenBatch batch(SafetensorsFile io) {
    int width = Math.toIntExact(io.entry("input_ids").shape().get(1));
    return TokenBatch.ofPadded(
        rows(io.longs("input_ids"), width), rows(io.longs("attention_mask"), width));
  }

  private static int[][] rows(long[] flat, int width) {
    int[][] rows = new int[flat.length / width][width];
    for (int i = 0; i < flat.length; i++) {
      rows[i / width][i % width] = (int) flat[i];
    }
    return rows;
  }

  private static Tolerance tolerance(Path directory, String of) {
    return Tolerance.of(
        FixtureDirectory.json(directory.resolve("io.json"))
            .getAsJsonObject("tolerance")
            .getAsJsonObject(of));
  }
}
