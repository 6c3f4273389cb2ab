package dev.parley.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.RandomModels;
import dev.parley.model.adapter.Adapter;
import dev.parley.model.adapter.LoraSettings;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.Weights;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Adapters compute W x + s B A x, and their gradients are the slopes of the naive twin. */
class AdapterPassTest {

  private static final LoraSettings EVERYWHERE =
      new LoraSettings(2, 3, List.of(LoraSettings.ALL_LINEAR), 0, false);

  private static final String OF_ALL = "dev.parley.model.RandomModels#all";

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void adaptersOfAllProjectionsHaveTheSlopesOfTheTwin(RandomModels.Architecture architecture) {
    try (LanguageModel model = adapted(architecture, EVERYWHERE, Heads.LANGUAGE, 1)) {
      assertSlopes(model, LossExample.draw(1, 2, 4).tempered().weighted(1, 0.4, 0));
    }
  }

  static Stream<RandomModels.Architecture> kindsOfProjections() {
    List<String> names = List.of("llama, two queries", "gemma2, caps", "gpt2, tied");
    return RandomModels.all().filter(shape -> names.stream().anyMatch(shape.name()::startsWith));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kindsOfProjections")
  void adaptersOfSomePartsOfAProjectionHaveTheSlopesOfTheTwin(
      RandomModels.Architecture architecture) {
    boolean gpt2 = architecture.name().startsWith("gpt2");
    for (List<String> targets :
        gpt2
            ? List.of(List.of("c_attn"), List.of("attn.c_proj"), List.of("c_fc", "mlp.c_proj"))
            : List.of(
                List.of("q_proj", "v_proj"),
                List.of("k_proj", "up_proj"),
                List.of("o_proj", "gate_proj"),
                List.of("layers.1.mlp.down_proj"))) {
      LoraSettings settings = new LoraSettings(3, 2, targets, 0, true);
      try (LanguageModel model = adapted(architecture, settings, Heads.LANGUAGE, 2)) {
        assertSlopes(model, LossExample.draw(2, 2, 4));
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("kindsOfProjections")
  void aScalarHeadLearnsBesideTheAdapter(RandomModels.Architecture architecture) {
    try (LanguageModel policy = adapted(architecture, EVERYWHERE, Heads.LANGUAGE_AND_VALUE, 3);
        LanguageModel reward = adapted(architecture, EVERYWHERE, Heads.SCORE, 4)) {
      assertSlopes(policy, LossExample.draw(3, 2, 4).weighted(1, 0, 0.7));
      LossExample scores = LossExample.draw(4, 2, 4).weighted(0, 0, 1.3);
      assertSlopes(reward, scores.at(scores.batch().lastPositions()));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void dropoutHasTheSlopesOfTheNumbersThatItKeeps(RandomModels.Architecture architecture) {
    LoraSettings settings = new LoraSettings(2, 3, List.of(LoraSettings.ALL_LINEAR), 0.3, false);
    LossExample example = LossExample.draw(5, 2, 5);
    try (LanguageModel model = adapted(architecture, settings, Heads.LANGUAGE, 5);
        Weights gradients = model.gradientBuffers()) {
      try (ForwardPass pass = dropping(model, example, 17)) {
        pass.backward(example.of(pass), gradients);
      }
      Weights learning = model.adapter().orElseThrow().weights();
      float step = 1e-2f;
      for (String name : learning.names()) {
        float[] before = learning.floats(name);
        float[] direction = direction(before.length);
        double slope =
            (lossAt(model, example, name, before, direction, step)
                    - lossAt(model, example, name, before, direction, -step))
                / (2 * step);
        learning.setFloats(name, before);
        double expected = 0;
        float[] gradient = gradients.floats(name);
        for (int i = 0; i < gradient.length; i++) {
          expected += gradient[i] * direction[i];
        }
        assertThat(expected).as(name).isCloseTo(slope, within(2e-2 * Math.abs(slope) + 2e-3));
      }
    }
  }

  private static float[] direction(int size) {
    Random random = new Random(size);
    float[] direction = new float[size];
    for (int i = 0; i < size; i++) {
      direction[i] = (float) (random.nextGaussian() / Math.sqrt(size));
    }
    return direction;
  }

  private static double lossAt(
      LanguageModel model,
      LossExample example,
      String name,
      float[] before,
      float[] direction,
      float step) {
    float[] moved = before.clone();
    for (int i = 0; i < moved.length; i++) {
      moved[i] += step * direction[i];
    }
    model.adapter().orElseThrow().weights().setFloats(name, moved);
    try (ForwardPass pass = dropping(model, example, 17)) {
      return value(example.of(pass));
    }
  }

  /** A loss is of one number format or another, as its weights were written. */
  private static double value(NDArray loss) {
    return loss.toArray()[0].doubleValue();
  }

  private static ForwardPass dropping(LanguageModel model, LossExample example, long seed) {
    return dropping(model, example, PassOptions.PLAIN, seed);
  }

  private static ForwardPass dropping(
      LanguageModel model, LossExample example, PassOptions options, long seed) {
    return model.forward(
        example.batch(), example.positions(), example.temperatures(), options, seed);
  }

  @Test
  void dropoutIsTheSameForTheSameSeedAndAnotherForAnother() {
    LoraSettings settings = new LoraSettings(2, 3, List.of(LoraSettings.ALL_LINEAR), 0.5, false);
    LossExample example = LossExample.draw(6);
    try (LanguageModel model = adapted(any(), settings, Heads.LANGUAGE, 6);
        ForwardPass one = dropping(model, example, 1);
        ForwardPass again = dropping(model, example, 1);
        ForwardPass other = dropping(model, example, 2);
        ForwardPass plain =
            model.forward(example.batch(), example.positions(), example.temperatures())) {
      assertThat(one.logProbs().toFloatArray()).isEqualTo(again.logProbs().toFloatArray());
      assertThat(one.logProbs().toFloatArray()).isNotEqualTo(other.logProbs().toFloatArray());
      assertThat(one.logProbs().toFloatArray()).isNotEqualTo(plain.logProbs().toFloatArray());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void layersComputedAgainDropTheSameNumbersAndGiveTheSameBits(
      RandomModels.Architecture architecture) {
    LoraSettings settings = new LoraSettings(2, 3, List.of(LoraSettings.ALL_LINEAR), 0.3, false);
    LossExample example = LossExample.draw(16);
    try (LanguageModel model = adapted(architecture, settings, Heads.LANGUAGE, 16)) {
      float[] kept = gradient(model, example, PassOptions.PLAIN);
      assertThat(gradient(model, example, new PassOptions(0, true))).isEqualTo(kept);
    }
  }

  private static float[] gradient(LanguageModel model, LossExample example, PassOptions options) {
    try (Weights gradients = model.gradientBuffers(options.frozenLayers());
        ForwardPass pass = dropping(model, example, options, 17)) {
      pass.backward(example.of(pass), gradients);
      return gradients.flat().toFloatArray();
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void adaptersAboveFrozenLayersHaveTheSameBitsAsIfAllLayersHadThem(
      RandomModels.Architecture architecture) {
    LossExample example = LossExample.draw(17).weighted(1, 0, 0.7);
    try (LanguageModel model = adapted(architecture, EVERYWHERE, Heads.LANGUAGE_AND_VALUE, 17);
        Weights all = model.gradientBuffers();
        Weights above = model.gradientBuffers(1)) {
      for (PassOptions options :
          List.of(PassOptions.PLAIN, new PassOptions(1, false), new PassOptions(1, true))) {
        Weights gradients = options.frozenLayers() == 0 ? all : above;
        gradients.clear();
        try (ForwardPass pass = dropping(model, example, options, 0)) {
          pass.backward(example.of(pass), gradients);
        }
      }
      assertThat(above.parameters()).isEqualTo(model.learningParameters(1));
      assertThat(above.names()).isNotEmpty().allMatch(name -> !name.matches(".*\\.0\\..*"));
      for (String name : above.names()) {
        assertThat(above.floats(name)).as(name).isEqualTo(all.floats(name));
      }
    }
  }

  @Test
  void theWayBackStopsAtTheLowestAdapter() {
    LossExample example = LossExample.draw(18, 4, 12);
    LoraSettings upper = new LoraSettings(2, 3, List.of(LoraSettings.ALL_LINEAR), 0, false, 1);
    try (LanguageModel all = adapted(any(), EVERYWHERE, Heads.LANGUAGE, 18);
        LanguageModel some = adapted(any(), upper, Heads.LANGUAGE, 18);
        ForwardPass whole = dropping(all, example, 0);
        ForwardPass above = dropping(some, example, 0)) {
      assertThat(above.scope().getManagedArrays().size())
          .isLessThan(whole.scope().getManagedArrays().size() - 10);
    }
  }

  @Test
  void dropoutKeepsTheShareOfNumbersThatItIsToldTo() {
    double[] kept = new double[4];
    try (NDManager scope = Libtorch.manager(Device.cpu());
        LanguageModel model = adapted(any(), EVERYWHERE, Heads.LANGUAGE, 7)) {
      List<NDArray> adapters = model.network().adapters().layer(0);
      List<NDArray> marks = Decoder.PROGRAM.run(scope, "marks", adapters, 3000L, 1000L, 0.9, 5L);
      for (int projection = 0; projection < marks.size(); projection++) {
        NDArray mark = marks.get(projection);
        assertThat(mark.getShape().get(0)).isEqualTo(projection == 0 ? 3000 : 1000);
        boolean[] all = mark.toBooleanArray();
        int count = 0;
        for (boolean one : all) {
          count += one ? 1 : 0;
        }
        kept[projection] = (double) count / all.length;
      }
    }
    assertThat(kept).containsExactly(new double[] {0.9, 0.9, 0.9, 0.9}, within(0.01));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void aNewAdapterChangesNothing(RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(8), 3, 9);
    try (LanguageModel base = architecture.create(8);
        LanguageModel model = base.adapted(EVERYWHERE, Heads.LANGUAGE, 8)) {
      assertThat(model.logits(batch)).isDeepEqualTo(base.logits(batch));
      assertThat(model.logProbs(batch, 1).get(0)).isEqualTo(base.logProbs(batch, 1).get(0));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void scoringAndLearningSeeTheSameModel(RandomModels.Architecture architecture) {
    LossExample example = LossExample.draw(9).tempered();
    try (LanguageModel model = adapted(architecture, EVERYWHERE, Heads.LANGUAGE_AND_VALUE, 9);
        ForwardPass pass =
            model.forward(example.batch(), example.positions(), example.temperatures())) {
      PositionScores scores =
          model.scores(example.batch(), example.positions(), example.temperatures());
      assertThat(pass.logProbs().toFloatArray()).containsExactly(scores.logProbs(), within(1e-5f));
      assertThat(pass.scalars().toFloatArray()).containsExactly(scores.scalars(), within(1e-5f));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void withTheAdapterOffTheFrozenModelSpeaks(RandomModels.Architecture architecture) {
    LossExample example = LossExample.draw(10).tempered();
    try (LanguageModel base = architecture.create(10);
        LanguageModel model = randomAdapter(base, EVERYWHERE, Heads.LANGUAGE_AND_VALUE, 10)) {
      float[] frozen =
          base.scores(example.batch(), example.positions(), example.temperatures()).logProbs();
      assertThat(
              model
                  .scoresWithoutAdapter(
                      example.batch(), example.positions(), example.temperatures())
                  .logProbs())
          .isEqualTo(frozen);
      assertThat(
              model.scores(example.batch(), example.positions(), example.temperatures()).logProbs())
          .isNotEqualTo(frozen);
    }
  }

  @Test
  void theFrozenWeightsStayAsTheyAreAndHaveNoGradients() {
    LossExample example = LossExample.draw(11);
    try (LanguageModel base = any().create(11);
        LanguageModel model = randomAdapter(base, EVERYWHERE, Heads.LANGUAGE, 11);
        Weights gradients = model.gradientBuffers()) {
      float[] before = base.weights().flat().toFloatArray();
      try (ForwardPass pass =
          model.forward(example.batch(), example.positions(), example.temperatures())) {
        pass.backward(example.of(pass), gradients);
      }
      assertThat(base.weights().flat().toFloatArray()).isEqualTo(before);
      assertThat(gradients.names()).allMatch(name -> name.contains(".lora_"));
      // Two layers, rank 2: q 16+16, k and v 16+8, o 16+16, gate and up 16+14, down 14+16.
      assertThat(gradients.parameters()).isEqualTo(2 * 2 * (32 + 2 * 24 + 32 + 2 * 30 + 30));
    }
  }

  @Test
  void aModelIsReadUntilTheLastAdapterOnItIsClosed() {
    TokenBatch batch = RandomModels.batch(new Random(12), 2, 5);
    LanguageModel base = any().create(12);
    LanguageModel one = randomAdapter(base, EVERYWHERE, Heads.LANGUAGE, 12);
    LanguageModel other = randomAdapter(base, EVERYWHERE, Heads.SCORE, 13);
    float[] expected = other.finalScalars(batch);
    base.close();
    one.close();
    assertThat(other.finalScalars(batch)).isEqualTo(expected);
    other.close();
  }

  @Test
  void theGradientsOfSeveralPassesAddUp() {
    try (LanguageModel model = adapted(any(), EVERYWHERE, Heads.LANGUAGE, 14);
        Weights together = model.gradientBuffers()) {
      float[] sum = new float[Math.toIntExact(together.parameters())];
      for (int seed = 0; seed < 3; seed++) {
        LossExample example = LossExample.draw(140 + seed);
        try (ForwardPass pass =
                model.forward(example.batch(), example.positions(), example.temperatures());
            ForwardPass alonePass =
                model.forward(example.batch(), example.positions(), example.temperatures());
            Weights alone = model.gradientBuffers()) {
          pass.backward(example.of(pass), together);
          alonePass.backward(example.of(alonePass), alone);
          float[] values = alone.flat().toFloatArray();
          for (int i = 0; i < sum.length; i++) {
            sum[i] += values[i];
          }
        }
      }
      assertThat(together.flat().toFloatArray()).containsExactly(sum, within(1e-4f));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource(OF_ALL)
  void adaptersOfABfloat16ModelLearnInSinglePrecision(RandomModels.Architecture architecture) {
    LossExample example = LossExample.draw(15).weighted(1, 0, 0.7);
    EngineOptions halved = new EngineOptions(EngineOptions.CPU.device(), Precision.BFLOAT16);
    try (LanguageModel exact = architecture.create(15);
        LanguageModel coarse = LanguageModel.create(architecture.config(), 1, halved)) {
      coarse.weights().copyFrom(exact.weights());
      float[] expected = gradient(exact, example);
      float[] actual = gradient(coarse, example);
      double difference = 0;
      double length = 0;
      for (int i = 0; i < expected.length; i++) {
        difference += Math.pow(expected[i] - actual[i], 2);
        length += Math.pow(expected[i], 2);
      }
      assertThat(Math.sqrt(difference / length)).isBetween(1e-6, 0.2);
    }
  }

  private static float[] gradient(LanguageModel base, LossExample example) {
    try (LanguageModel model = randomAdapter(base, EVERYWHERE, Heads.LANGUAGE_AND_VALUE, 15);
        Weights gradients = model.gradientBuffers()) {
      try (ForwardPass pass =
          model.forward(example.batch(), example.positions(), example.temperatures())) {
        pass.backward(example.of(pass), gradients);
      }
      return gradients.flat().toFloatArray();
    }
  }

  private static RandomModels.Architecture any() {
    return RandomModels.all().findFirst().orElseThrow();
  }

  private static LanguageModel adapted(
      RandomModels.Architecture architecture, LoraSettings settings, Heads heads, long seed) {
    try (LanguageModel base = architecture.create(seed)) {
      return randomAdapter(base, settings, heads, seed);
    }
  }

  /**
   * An adapter all of whose tensors are random: a new one's B is zero, which hides A's gradient.
   */
  private static LanguageModel randomAdapter(
      LanguageModel base, LoraSettings settings, Heads heads, long seed) {
    LanguageModel model = base.adapted(settings, heads, seed);
    Adapter adapter = model.adapter().orElseThrow();
    Random random = new Random(seed);
    for (String name : adapter.weights().names()) {
      float[] values = adapter.weights().floats(name);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (0.3 * random.nextGaussian());
      }
      adapter.weights().setFloats(name, values);
    }
    return model;
  }

  private static void assertSlopes(LanguageModel model, LossExample example) {
    AdapterTwin twin = new AdapterTwin(model);
    try (Weights gradients = model.gradientBuffers()) {
      try (ForwardPass pass =
          model.forward(example.batch(), example.positions(), example.temperatures())) {
        assertThat(value(example.of(pass))).isCloseTo(twin.loss(example), within(1e-4));
        pass.backward(example.of(pass), gradients);
      }
      assertThat(Arrays.asList(twin.tensors().keySet().toArray()))
          .containsExactlyInAnyOrderElementsOf(gradients.names());
      NaiveGradient.check(gradients, twin.tensors(), () -> twin.loss(example));
    }
  }
}
