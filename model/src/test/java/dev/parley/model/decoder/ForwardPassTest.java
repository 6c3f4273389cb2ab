package dev.parley.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.LanguageModel;
import dev.parley.model.RandomModels;
import dev.parley.model.torchscript.Autograd;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.weights.Weights;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The gradients of a pass are the slopes of the naive twin. */
class ForwardPassTest {

  private static NDManager manager;

  @BeforeAll
  static void openManager() {
    manager = Libtorch.manager(Device.cpu());
  }

  @AfterAll
  static void closeManager() {
    manager.close();
  }

  static Stream<RandomModels.Architecture> architectures() {
    return RandomModels.all();
  }

  private static RandomModels.Architecture anyArchitecture() {
    return architectures().findFirst().orElseThrow();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void logProbsHaveTheSlopesOfTheTwin(RandomModels.Architecture architecture) {
    try (LanguageModel model = architecture.create(1)) {
      assertSlopes(model, LossExample.draw(1));
      assertSlopes(model, LossExample.draw(2).tempered());
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("dev.parley.model.RandomModels#kindsOfAttention")
  void rowsThatAttentionTakesInSeveralBlocksHaveTheSlopesOfTheTwin(
      RandomModels.Architecture architecture) {
    LossExample example = LossExample.draw(17, 1, 262).at(3, 254, 255, 256, 257, 260);
    try (LanguageModel model = architecture.create(17);
        Weights gradients = model.gradientBuffers()) {
      backward(model, example, Head.CHUNK_LOGITS, gradients);
      NaiveDecoder twin = NaiveDecoder.of(model);
      Map<String, double[]> attention = new LinkedHashMap<>(twin.tensors());
      attention.keySet().removeIf(name -> !name.contains("layers.0.self_attn"));
      NaiveGradient.check(gradients, attention, () -> example.of(twin));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void entropiesHaveTheSlopesOfTheTwin(RandomModels.Architecture architecture) {
    try (LanguageModel model = architecture.create(2)) {
      assertSlopes(model, LossExample.draw(2).weighted(1e-9, 1, 0));
      assertSlopes(model, LossExample.draw(3).tempered().weighted(1, -0.7, 0));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void aValueHeadSharesTheTrunkWithTheLanguageHead(RandomModels.Architecture architecture) {
    try (LanguageModel model = withHeads(architecture, Heads.LANGUAGE_AND_VALUE, 3)) {
      assertSlopes(model, LossExample.draw(3).tempered().weighted(1, 0.5, 0.7));
      assertSlopes(model, LossExample.draw(4).weighted(0, 0, 0.7));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void rewardsHaveTheSlopesOfTheTwin(RandomModels.Architecture architecture) {
    try (LanguageModel model = withHeads(architecture, Heads.SCORE, 4)) {
      LossExample example = LossExample.draw(4).weighted(0, 0, 1.3);
      assertSlopes(model, example.at(example.batch().lastPositions()));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void aHeadOfSeveralNumbersIsSeveralHeadsOnOneTrunk(RandomModels.Architecture architecture) {
    int outputs = 3;
    LossExample example = LossExample.draw(6).at(1, 3, 4);
    int positions = example.positions().length;
    try (LanguageModel all = withHeads(architecture, Heads.scores(outputs), 6);
        LanguageModel one = all.withHeads(Heads.SCORE, 6);
        Weights together = all.gradientBuffers();
        Weights apart = one.gradientBuffers()) {
      float[] rows = all.weights().floats("score.weight");
      int hidden = all.shape().hidden();
      float[] scalars;
      try (ForwardPass pass = pass(all, example, Head.CHUNK_LOGITS)) {
        scalars = pass.scalars().toFloatArray();
        pass.backward(pass.scalars().square().sum(), together);
      }
      float[] headGradient = together.floats("score.weight");
      for (int k = 0; k < outputs; k++) {
        one.setScalarHead("score.weight", Arrays.copyOfRange(rows, k * hidden, (k + 1) * hidden));
        try (Weights own = one.gradientBuffers();
            ForwardPass pass = pass(one, example, Head.CHUNK_LOGITS)) {
          float[] alone = pass.scalars().toFloatArray();
          for (int i = 0; i < positions; i++) {
            assertThat(scalars[i * outputs + k]).isCloseTo(alone[i], within(1e-6f));
          }
          pass.backward(pass.scalars().square().sum(), own);
          assertThat(Arrays.copyOfRange(headGradient, k * hidden, (k + 1) * hidden))
              .containsExactly(own.floats("score.weight"), within(1e-5f));
          apart.absorb(own);
        }
      }
      for (String name : together.names()) {
        if (!name.equals("score.weight")) {
          assertThat(together.floats(name))
              .as(name)
              .containsExactly(apart.floats(name), within(1e-4f));
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void aPositionChosenTwiceCountsTwice(RandomModels.Architecture architecture) {
    try (LanguageModel model = withHeads(architecture, Heads.LANGUAGE_AND_VALUE, 5)) {
      assertSlopes(model, LossExample.draw(5).at(3, 0, 3).weighted(1, 0.3, 0.3));
    }
  }

  @Test
  void oneLossMaySpanTwoModels() {
    try (LanguageModel policy = anyArchitecture().create(10);
        LanguageModel critic = withHeads(anyArchitecture(), Heads.SCORE, 11);
        Weights policyGradients = policy.gradientBuffers();
        Weights criticGradients = critic.gradientBuffers()) {
      LossExample example = LossExample.draw(10);
      try (ForwardPass one = pass(policy, example, Head.CHUNK_LOGITS);
          ForwardPass other = pass(critic, example, Head.CHUNK_LOGITS)) {
        NDArray loss = one.logProbs().mul(other.scalars()).sum();
        one.backward(loss, policyGradients);
        other.propagate(criticGradients);
      }
      NaiveDecoder policyTwin = NaiveDecoder.of(policy);
      NaiveDecoder criticTwin = NaiveDecoder.of(critic);
      DoubleSupplier product =
          () -> {
            double sum = 0;
            double[][] logProbs = example.logProbs(policyTwin);
            double[] scalars = example.scalars(criticTwin);
            for (int i = 0; i < scalars.length; i++) {
              int next = example.batch().tokens()[example.positions()[i] + 1];
              sum += logProbs[i][next] * scalars[i];
            }
            return sum;
          };
      NaiveGradient.check(policyGradients, policyTwin.tensors(), product);
      NaiveGradient.check(criticGradients, criticTwin.tensors(), product);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void backwardHeadsTouchesTheHeadsAlone(RandomModels.Architecture architecture) {
    try (LanguageModel model = withHeads(architecture, Heads.LANGUAGE_AND_VALUE, 9);
        Weights heads = model.gradientBuffers()) {
      LossExample example = LossExample.draw(9).weighted(1, 0.2, 0.6);
      try (ForwardPass pass = pass(model, example, Head.CHUNK_LOGITS)) {
        pass.backwardHeads(example.of(pass), heads);
      }
      try (Weights whole = model.gradientBuffers()) {
        backward(model, example, Head.CHUNK_LOGITS, whole);
        String embedding = model.weights().names().get(0);
        Set<String> touched = new HashSet<>(Heads.Scalar.VALUE.names());
        touched.add(model.shape().tied() ? embedding : "lm_head.weight");
        for (String name : model.weights().names()) {
          if (!touched.contains(name)) {
            assertThat(heads.floats(name)).as(name).containsOnly(0);
          } else if (name.equals(embedding)) {
            // Its other gradient comes through the trunk.
            assertThat(largest(heads.floats(name))).as(name).isPositive();
          } else {
            assertThat(heads.floats(name)).as(name).isEqualTo(whole.floats(name));
          }
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void chunksOfTheHeadChangeNothing(RandomModels.Architecture architecture) {
    try (LanguageModel model = architecture.create(6)) {
      LossExample example = LossExample.draw(6).tempered().weighted(1, 0.5, 0);
      PositionScores scores = scores(model, example, Head.CHUNK_LOGITS);
      float[] entropies = entropies(model, example, Head.CHUNK_LOGITS);
      float[] whole = gradients(model, example, Head.CHUNK_LOGITS);
      int tokens = example.positions().length;
      for (int chunk : new int[] {1, 2, tokens - 1, tokens}) {
        long logits = (long) chunk * RandomModels.VOCABULARY + 5;
        PositionScores chunked = scores(model, example, logits);
        assertThat(chunked.logProbs()).containsExactly(scores.logProbs(), within(1e-5f));
        assertThat(entropies(model, example, logits)).containsExactly(entropies, within(1e-5f));
        assertThat(gradients(model, example, logits))
            .as("chunks of %s tokens", chunk)
            .containsExactly(whole, within(1e-5f * largest(whole)));
      }
    }
  }

  @Test
  void aChunkHoldsAtLeastOneToken() {
    try (LanguageModel model = anyArchitecture().create(6)) {
      LossExample example = LossExample.draw(6);
      assertThat(gradients(model, example, 1))
          .isEqualTo(gradients(model, example, RandomModels.VOCABULARY));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void gradientsOfSeveralPassesAddUp(RandomModels.Architecture architecture) {
    try (LanguageModel model = architecture.create(7);
        Weights together = model.gradientBuffers()) {
      float[] sum = new float[Math.toIntExact(together.parameters())];
      for (int seed = 0; seed < 3; seed++) {
        LossExample example = LossExample.draw(70 + seed).weighted(1, 0.4, 0);
        backward(model, example, Head.CHUNK_LOGITS, together);
        float[] alone = gradients(model, example, Head.CHUNK_LOGITS);
        IntStream.range(0, sum.length).forEach(i -> sum[i] += alone[i]);
      }
      assertThat(together.flat().toFloatArray()).containsExactly(sum, within(1e-5f * largest(sum)));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void rowsGiveTheGradientsTogetherThatTheyGiveAlone(RandomModels.Architecture architecture) {
    TokenBatch batch = RandomModels.batch(new Random(8), 3, 9);
    try (LanguageModel model = architecture.create(8);
        Weights together = model.gradientBuffers();
        Weights alone = model.gradientBuffers()) {
      addGradientOfLogProbs(model, batch, together);
      for (int[] row : RandomModels.rows(batch)) {
        addGradientOfLogProbs(model, TokenBatch.of(List.of(row)), alone);
      }
      float[] expected = alone.flat().toFloatArray();
      assertThat(together.flat().toFloatArray())
          .containsExactly(expected, within(1e-5f * largest(expected)));
    }
  }

  @Test
  void theLeavesHoldWhatAPassWithoutGradientsGives() {
    try (LanguageModel model = withHeads(anyArchitecture(), Heads.LANGUAGE_AND_VALUE, 13)) {
      LossExample example = LossExample.draw(13).tempered();
      PositionScores expected = scores(model, example, Head.CHUNK_LOGITS);
      model.gradientBuffers().close();
      try (ForwardPass pass = pass(model, example, Head.CHUNK_LOGITS)) {
        assertThat(pass.logProbs().toFloatArray())
            .containsExactly(expected.logProbs(), within(1e-6f));
        assertThat(pass.scalars().toFloatArray())
            .containsExactly(expected.scalars(), within(1e-6f));
      }
    }
  }

  @Test
  void aLossThatDependsOnNoLeafIsRefused() {
    try (LanguageModel model = anyArchitecture().create(14);
        Weights gradients = model.gradientBuffers();
        ForwardPass pass = pass(model, LossExample.draw(14), Head.CHUNK_LOGITS)) {
      assertThatThrownBy(() -> pass.propagate(gradients))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("the loss depends on none of the pass's leaves");
    }
  }

  @Test
  void aHeadThatIsNotThereIsNamed() {
    LossExample example = LossExample.draw(15);
    try (LanguageModel language = anyArchitecture().create(15);
        LanguageModel reward = withHeads(anyArchitecture(), Heads.SCORE, 15);
        ForwardPass tokens = pass(language, example, Head.CHUNK_LOGITS);
        ForwardPass score = pass(reward, example, Head.CHUNK_LOGITS)) {
      assertThatThrownBy(tokens::scalars).hasMessage("the model has no scalar head");
      assertThatThrownBy(score::logProbs).hasMessage("the model has no language head");
      assertThatThrownBy(score::entropies).hasMessage("the model has no language head");
    }
  }

  @Test
  void aPassThatFailsToStartLeavesRecordingAsItWas() {
    LossExample example = LossExample.draw(16);
    int last = example.batch().size() - 1;
    try (LanguageModel model = anyArchitecture().create(16);
        NDArray x = manager.create(2f)) {
      x.setRequiresGradient(true);
      NDArray square =
          Autograd.off(
              () -> {
                assertThatThrownBy(() -> pass(model, example.at(last), Head.CHUNK_LOGITS))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("position %s is the last of its row: no token follows it", last);
                return x.mul(x);
              });
      assertThatThrownBy(() -> Autograd.backward(square))
          .as("nothing is recorded where recording is off, as it was before")
          .hasMessageContaining("does not require grad");
    }
  }

  // --- what is kept, and what learns ---

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void layersComputedAgainGiveTheSameBits(RandomModels.Architecture architecture) {
    try (LanguageModel model = withHeads(architecture, Heads.LANGUAGE_AND_VALUE, 20)) {
      LossExample example = LossExample.draw(20).tempered().weighted(1, 0.5, 0.3);
      for (long chunk : new long[] {Head.CHUNK_LOGITS, 5 * RandomModels.VOCABULARY}) {
        try (Weights kept = model.gradientBuffers();
            Weights again = model.gradientBuffers()) {
          backward(model, example, chunk, kept);
          try (ForwardPass pass = pass(model, example, chunk, new PassOptions(0, true))) {
            pass.backward(example.of(pass), again);
          }
          assertThat(again.flat().toFloatArray()).isEqualTo(kept.flat().toFloatArray());
        }
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("architectures")
  void whatLearnsAboveFrozenLayersHasTheSameBitsAsIfNothingWereFrozen(
      RandomModels.Architecture architecture) {
    try (LanguageModel model = withHeads(architecture, Heads.LANGUAGE_AND_VALUE, 21);
        Weights all = model.gradientBuffers()) {
      LossExample example = LossExample.draw(21).tempered().weighted(1, 0.5, 0.3);
      backward(model, example, Head.CHUNK_LOGITS, all);
      for (int frozen = 1; frozen <= model.shape().layers(); frozen++) {
        for (boolean recompute : new boolean[] {false, true}) {
          try (Weights some = model.gradientBuffers(frozen);
              ForwardPass pass =
                  pass(model, example, Head.CHUNK_LOGITS, new PassOptions(frozen, recompute))) {
            pass.backward(example.of(pass), some);
            assertThat(some.names()).isEqualTo(learning(model, frozen));
            assertThat(some.parameters()).isEqualTo(model.learningParameters(frozen));
            for (String name : some.names()) {
              assertThat(some.floats(name)).as(name).isEqualTo(all.floats(name));
            }
          }
        }
      }
    }
  }

  /** Returns the tensors above the frozen layers: those of upper layers, last norm and heads. */
  private static List<String> learning(LanguageModel model, int frozen) {
    return model.weights().names().stream()
        .filter(name -> !name.matches(".*(embed_tokens|wte|wpe).*"))
        .filter(
            name ->
                IntStream.range(0, frozen)
                    .noneMatch(layer -> name.matches(".*\\.(layers|h)\\." + layer + "\\..*")))
        .toList();
  }

  @Test
  void frozenAndRecomputedLayersKeepLessMemory() {
    LossExample example = LossExample.draw(22, 4, 12);
    try (LanguageModel model = anyArchitecture().create(22)) {
      int plain = arraysKept(model, example, PassOptions.PLAIN);
      assertThat(arraysKept(model, example, new PassOptions(0, true))).isLessThan(plain - 20);
      assertThat(arraysKept(model, example, new PassOptions(1, false))).isLessThan(plain - 10);
    }
  }

  private static int arraysKept(LanguageModel model, LossExample example, PassOptions options) {
    try (ForwardPass pass = pass(model, example, Head.CHUNK_LOGITS, options)) {
      return pass.scope().getManagedArrays().size();
    }
  }

  @Test
  void moreLayersThanThereAreCannotBeFrozen() {
    try (LanguageModel model = anyArchitecture().create(23)) {
      assertThatThrownBy(() -> model.gradientBuffers(3))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("3 layers are to be frozen, the model has 2");
      assertThatThrownBy(() -> new PassOptions(-1, false))
          .hasMessage("-1 layers are to be frozen, expected at least 0");
    }
  }

  private static LanguageModel withHeads(
      RandomModels.Architecture architecture, Heads heads, long seed) {
    try (LanguageModel language = architecture.create(seed)) {
      return RandomModels.randomize(language.withHeads(heads, seed), seed);
    }
  }

  private static void assertSlopes(LanguageModel model, LossExample example) {
    NaiveDecoder twin = NaiveDecoder.of(model);
    try (Weights gradients = model.gradientBuffers()) {
      backward(model, example, Head.CHUNK_LOGITS, gradients);
      NaiveGradient.check(gradients, twin.tensors(), () -> example.of(twin));
    }
  }

  private static void backward(
      LanguageModel model, LossExample example, long chunkLogits, Weights gradients) {
    try (ForwardPass pass = pass(model, example, chunkLogits)) {
      pass.backward(example.of(pass), gradients);
    }
  }

  private static float[] gradients(LanguageModel model, LossExample example, long chunkLogits) {
    try (Weights gradients = model.gradientBuffers()) {
      backward(model, example, chunkLogits, gradients);
      return gradients.flat().toFloatArray();
    }
  }

  private static float[] entropies(LanguageModel model, LossExample example, long chunkLogits) {
    try (ForwardPass pass = pass(model, example, chunkLogits)) {
      return pass.entropies().toFloatArray();
    }
  }

  private static ForwardPass pass(LanguageModel model, LossExample example, long chunkLogits) {
    return pass(model, example, chunkLogits, PassOptions.PLAIN);
  }

  private static ForwardPass pass(
      LanguageModel model, LossExample example, long chunkLogits, PassOptions options) {
    return new ForwardPass(
        manager,
        model.decoder(),
        model.network(),
        example.batch(),
        example.positions(),
        example.temperatures(),
        options,
        Dropout.NONE,
        chunkLogits);
  }

  private static PositionScores scores(LanguageModel model, LossExample example, long chunkLogits) {
    return PositionScores.of(
        manager,
        model.decoder(),
        model.network(),
        example.batch(),
        example.positions(),
        example.temperatures(),
        chunkLogits);
  }

  private static void addGradientOfLogProbs(
      LanguageModel model, TokenBatch batch, Weights gradients) {
    try (ForwardPass pass = model.forward(batch, DecoderTest.followed(batch), new float[0])) {
      pass.backward(pass.logProbs().sum(), gradients);
    }
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
