package dev.parley.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.family.Families;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.SafetensorsFile;
import dev.parley.model.weights.StoredType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;

/** Every model of the fixtures gives the numbers that transformers gave. */
class FixtureModelsTest {

  @TestFactory
  Stream<DynamicNode> models() {
    List<DynamicNode> nodes = new ArrayList<>();
    if (!FixtureDirectory.has("models")) {
      return Stream.of(FixtureDirectory.absent("models"));
    }
    Path models = FixtureDirectory.resolve("models");
    for (JsonElement element :
        FixtureDirectory.json(models.resolve("index.json")).getAsJsonArray("models")) {
      JsonObject entry = element.getAsJsonObject();
      String name = entry.get("name").getAsString();
      String type = entry.get("model_type").getAsString();
      if (!Families.modelTypes().contains(type)) {
        nodes.add(
            dynamicTest(
                "unsupported: " + name + " (model_type " + type + ")",
                () -> assertThat(Families.modelTypes()).doesNotContain(type)));
      } else {
        nodes.add(dynamicContainer(name, tests(models.resolve(name))));
      }
    }
    return nodes.stream();
  }

  private static Stream<DynamicNode> tests(Path directory) {
    JsonObject io = FixtureDirectory.json(directory.resolve("io.json"));
    List<DynamicNode> tests = new ArrayList<>();
    for (String side : List.of("left", "right")) {
      if (io.getAsJsonObject(side).has("rewards")) {
        tests.add(dynamicTest(side + " rewards", () -> rewardsAgree(directory, side)));
      } else {
        tests.add(dynamicTest(side + " logits", () -> logitsAgree(directory, side)));
        tests.add(dynamicTest(side + " log-probs", () -> logProbsAgree(directory, side)));
      }
    }
    for (String key : List.of("greedy", "greedy_eos")) {
      if (io.has(key)) {
        tests.add(dynamicTest(key, () -> greedyTokensAgree(directory, io, key)));
      }
    }
    tests.add(dynamicTest("saved and read again", () -> survivesSaving(directory)));
    return tests.stream();
  }

  private static void logitsAgree(Path directory, String side) {
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU);
        Case data = Case.read(directory, side)) {
      float[][] logits = model.logits(data.batch());
      float[] expected = data.floats("logits");
      int next = 0;
      for (int b = 0; b < data.mask().length; b++) {
        for (int t = 0; t < data.mask()[b].length; t++) {
          if (data.mask()[b][t] != 0) {
            int at = (b * data.mask()[b].length + t) * model.shape().vocabulary();
            float[] row = Arrays.copyOfRange(expected, at, at + model.shape().vocabulary());
            data.tolerance("logits")
                .check("logits of row " + b + ", position " + t, logits[next++], row);
          }
        }
      }
      assertThat(next).isEqualTo(data.batch().size());
    }
  }

  private static void logProbsAgree(Path directory, String side) {
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU);
        Case data = Case.read(directory, side)) {
      List<float[]> logProbs = model.logProbs(data.batch(), 1);
      float[] expected = data.floats("logprobs");
      long[] mask = data.longs("logprob_mask");
      int width = mask.length / data.batch().rows();
      for (int b = 0; b < data.batch().rows(); b++) {
        int next = 0;
        for (int t = 0; t < width; t++) {
          if (mask[b * width + t] != 0) {
            data.tolerance("logprobs")
                .check("row " + b, logProbs.get(b)[next++], expected[b * width + t]);
          }
        }
        assertThat(next).isEqualTo(logProbs.get(b).length);
      }
    }
  }

  private static void rewardsAgree(Path directory, String side) {
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU);
        Case data = Case.read(directory, side)) {
      data.tolerance("logits")
          .check("rewards", model.finalScalars(data.batch()), data.floats("rewards"));
    }
  }

  private static void greedyTokensAgree(Path directory, JsonObject io, String key) {
    JsonObject expected = io.getAsJsonObject(key);
    int limit = expected.get("max_new_tokens").getAsInt();
    Set<Integer> stops =
        expected.get("eos_token_id").isJsonNull()
            ? Set.of()
            : Set.of(expected.get("eos_token_id").getAsInt());
    Tolerance tolerance = Tolerance.of(io.getAsJsonObject("tolerance").getAsJsonObject("logprobs"));
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU);
        Case data = Case.read(directory, "left")) {
      SamplingOptions options = SamplingOptions.plain(limit, stops, 0).greedy();
      List<Sequence> sequences = Generation.all(model, data.batch(), options);
      for (int b = 0; b < sequences.size(); b++) {
        int[] tokens = sequences.get(b).tokens();
        JsonArray row = expected.getAsJsonArray("ids").get(b).getAsJsonArray();
        JsonArray logProbs =
            expected.has("logprobs")
                ? expected.getAsJsonArray("logprobs").get(b).getAsJsonArray()
                : null;
        boolean ended = !stops.isEmpty() && stops.contains(tokens[tokens.length - 1]);
        assertThat(ended || tokens.length == limit || stops.isEmpty()).isTrue();
        for (int t = 0; t < tokens.length; t++) {
          assertThat(tokens[t]).as("row %s, token %s", b, t).isEqualTo(row.get(t).getAsInt());
          if (logProbs != null) {
            tolerance.check(
                "log-prob of row " + b + ", token " + t,
                sequences.get(b).modelLogProbs()[t],
                logProbs.get(t).getAsDouble());
          }
        }
      }
    }
  }

  /** What is saved stays there, for {@code bench/transformers_parity.py} to look at. */
  private static void survivesSaving(Path directory) {
    Path saved = Path.of("target", "saved-models").resolve(directory.getFileName());
    try (LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU)) {
      ModelFiles.replace(model, directory, saved, StoredType.F32);
      try (LanguageModel again = LanguageModel.open(saved, EngineOptions.CPU)) {
        assertThat(again.weights().names()).isEqualTo(model.weights().names());
        for (String name : model.weights().names()) {
          assertThat(again.weights().floats(name)).as(name).isEqualTo(model.weights().floats(name));
        }
        assertThat(again.architecture()).isEqualTo(model.architecture());
      }
    }
  }

  /** The inputs and expected outputs of one side of the padding. */
  private record Case(
      SafetensorsFile file, String side, TokenBatch batch, int[][] mask, JsonObject tolerances)
      implements AutoCloseable {

    static Case read(Path directory, String side) {
      SafetensorsFile file = SafetensorsFile.open(directory.resolve("io.safetensors"));
      int width = Math.toIntExact(file.entry(side + ".input_ids").shape().get(1));
      int[][] ids = rows(file.longs(side + ".input_ids"), width);
      int[][] mask = rows(file.longs(side + ".attention_mask"), width);
      JsonObject io = FixtureDirectory.json(directory.resolve("io.json"));
      return new Case(
          file, side, TokenBatch.ofPadded(ids, mask), mask, io.getAsJsonObject("tolerance"));
    }

    Tolerance tolerance(String of) {
      return Tolerance.of(tolerances.getAsJsonObject(of));
    }

    private static int[][] rows(long[] flat, int width) {
      int[][] rows = new int[flat.length / width][width];
      for (int i = 0; i < flat.length; i++) {
        rows[i / width][i % width] = (int) flat[i];
      }
      return rows;
    }

    float[] floats(String key) {
      return file.floats(side + "." + key);
    }

    long[] longs(String key) {
      return file.longs(side + "." + key);
    }

    @Override
    public void close() {
      file.close();
    }
  }
}
