package dev.parley.trainer.optimization;

import static dev.parley.trainer.loss.Numbers.number;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.toy.ToyLearner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LearnerTest {

  private static final int WHOLE = 10_000;
  private static final double TOLERANCE = 1e-6;

  private static final List<LearningSequence> BATCH = ToyLearner.sequences(12, 5);

  private static float[] gradients(Learner learner) {
    return learner.gradients().flat().toFloatArray();
  }

  /** Largest difference between two arrays, relative to the largest number in the first. */
  private static double difference(float[] expected, float[] actual) {
    double largest = 0;
    double apart = 0;
    for (int i = 0; i < expected.length; i++) {
      largest = Math.max(largest, Math.abs(expected[i]));
      apart = Math.max(apart, Math.abs(expected[i] - actual[i]));
    }
    return apart / largest;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 10, 25, 40, 70, 90})
  void howABatchIsSplitChangesNeitherTheGradientNorTheStep(int budget) {
    try (Learner whole = ToyLearner.language(1);
        Learner split = ToyLearner.language(1)) {
      assertThat(MicroBatches.cut(PackedBatch.lengths(BATCH), budget, 1)).hasSizeGreaterThan(1);
      ToyLearner.backward(whole, BATCH, WHOLE);
      ToyLearner.backward(split, BATCH, budget);
      assertThat(difference(gradients(whole), gradients(split))).isLessThan(TOLERANCE);

      Learner.Step one = whole.step();
      Learner.Step many = split.step();
      assertThat(many.gradientNorm())
          .isCloseTo(one.gradientNorm(), within(TOLERANCE * one.gradientNorm()));
      assertThat(
              difference(
                  whole.firstMoments().flat().toFloatArray(),
                  split.firstMoments().flat().toFloatArray()))
          .isLessThan(TOLERANCE);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2})
  void theOrderOfTheBatchChangesNothing(long seed) {
    List<LearningSequence> shuffled = new ArrayList<>(BATCH);
    Collections.shuffle(shuffled, new Random(seed));
    try (Learner learner = ToyLearner.language(1);
        Learner other = ToyLearner.language(1)) {
      ToyLearner.backward(learner, BATCH, 60);
      ToyLearner.backward(other, shuffled, 60);
      assertThat(difference(gradients(learner), gradients(other))).isLessThan(TOLERANCE);
    }
  }

  @Test
  void aStepMovesTheWeightsAndForgetsTheGradients() {
    try (Learner learner = ToyLearner.language(1)) {
      learner.step(); // the schedule begins at rate 0
      int[] before = ToyLearner.weightBits(learner);
      ToyLearner.backward(learner, BATCH, WHOLE);
      assertThat(learner.step().applied()).isTrue();
      assertThat(ToyLearner.weightBits(learner)).isNotEqualTo(before);
      assertThat(gradients(learner)).containsOnly(0);
    }
  }

  @Test
  void stepsAgainstTheGradientLowerTheLoss() {
    try (Learner learner = ToyLearner.language(1)) {
      double before = loss(learner);
      for (int i = 0; i < 10; i++) {
        ToyLearner.backward(learner, BATCH, WHOLE);
        learner.step();
      }
      assertThat(loss(learner)).isLessThan(0.8 * before);
    }
  }

  private static double loss(Learner learner) {
    PackedBatch packed = PackedBatch.of(BATCH);
    double sum = 0;
    for (float logProb :
        learner.model().scores(packed.batch(), packed.predictors(), new float[0]).logProbs()) {
      sum -= logProb;
    }
    return sum / packed.learnt();
  }

  @Test
  void theLearningRateFollowsTheSchedule() {
    try (Learner learner = ToyLearner.language(1)) {
      for (int step = 0; step < 6; step++) {
        ToyLearner.backward(learner, BATCH, WHOLE);
        assertThat(learner.learningRate()).isEqualTo(ToyLearner.SCHEDULE.rate(step));
        assertThat(learner.step().learningRate()).isEqualTo(ToyLearner.SCHEDULE.rate(step));
      }
    }
  }

  @Test
  void aGradientThatIsNotANumberSkipsTheStepAndCounts() {
    try (Learner learner = ToyLearner.language(1)) {
      ToyLearner.backward(learner, BATCH, WHOLE);
      learner.step();
      int[] before = ToyLearner.allBits(learner);
      try (ForwardPass pass = learner.forward(PackedBatch.of(BATCH), new float[0])) {
        NDArray loss = pass.logProbs().sum().mul(number(pass.logProbs(), Float.NaN));
        learner.backward(0, pass, loss);
      }
      Learner.Step step = learner.step();
      assertThat(step.applied()).isFalse();
      assertThat(step.gradientNorm()).isNaN();
      assertThat(learner.state()).isEqualTo(new AdamW.State(1, 1));
      assertThat(ToyLearner.allBits(learner)).isEqualTo(before);

      ToyLearner.backward(learner, BATCH, WHOLE);
      assertThat(learner.step().applied()).isTrue();
      assertThat(learner.state()).isEqualTo(new AdamW.State(2, 1));
    }
  }

  @Test
  void aSkippedStepStillMovesTheSchedule() {
    try (Learner learner = ToyLearner.language(1)) {
      learner.restart(new AdamW.State(3, 2));
      assertThat(learner.learningRate()).isEqualTo(ToyLearner.SCHEDULE.rate(5));
    }
  }

  @Test
  void resetForgetsMomentsAndCountsButNotTheWeights() {
    try (Learner learner = ToyLearner.language(1)) {
      for (int i = 0; i < 2; i++) {
        ToyLearner.backward(learner, BATCH, WHOLE);
        learner.step();
      }
      int[] weights = ToyLearner.weightBits(learner);
      learner.reset();
      assertThat(learner.state()).isEqualTo(AdamW.State.INITIAL);
      assertThat(learner.firstMoments().flat().toFloatArray()).containsOnly(0);
      assertThat(learner.secondMoments().flat().toFloatArray()).containsOnly(0);
      assertThat(ToyLearner.weightBits(learner)).isEqualTo(weights);
    }
  }

  @Test
  void aStepOnTheHeadsAloneLeavesTheTrunkBitForBit() {
    AdamW.Settings withoutDecay = new AdamW.Settings(0.9, 0.95, 1e-8, 0, 1.0);
    LearningRateSchedule constant =
        new LearningRateSchedule(LearningRateSchedule.Decay.CONSTANT, 1e-2, 0, 10, 0);
    try (Learner source = ToyLearner.language(1);
        Learner learner =
            new Learner(
                source.model().withHeads(Heads.LANGUAGE_AND_VALUE, 2),
                withoutDecay,
                constant,
                Learner.Engine.PLAIN)) {
      List<String> names = learner.model().weights().names();
      List<float[]> before = names.stream().map(learner.model().weights()::floats).toList();
      for (int i = 0; i < 3; i++) {
        try (ForwardPass pass = learner.forward(PackedBatch.of(BATCH), new float[0])) {
          learner.backwardHeads(0, pass, pass.scalars().sub(1).square().sum());
        }
        learner.step();
      }
      List<String> head = Heads.LANGUAGE_AND_VALUE.scalar().orElseThrow().names();
      for (int i = 0; i < names.size(); i++) {
        float[] after = learner.model().weights().floats(names.get(i));
        if (head.contains(names.get(i))) {
          assertThat(after).as(names.get(i)).isNotEqualTo(before.get(i));
        } else {
          assertThat(after).as(names.get(i)).isEqualTo(before.get(i));
        }
      }
    }
  }

  // --- what learns ---

  @Test
  void frozenLayersStayBitForBitAndTheOthersTakeTheStepThatTheyWouldTake() {
    AdamW.Settings withoutClipping = new AdamW.Settings(0.9, 0.95, 1e-8, 0.1, 0);
    LearningRateSchedule constant =
        new LearningRateSchedule(LearningRateSchedule.Decay.CONSTANT, 1e-2, 0, 10, 0);
    try (LanguageModel start = TinyModel.create(1);
        Learner whole = new Learner(start.copy(), withoutClipping, constant, Learner.Engine.PLAIN);
        Learner part =
            new Learner(
                start.copy(),
                withoutClipping,
                constant,
                new Learner.Engine(2, Precision.FLOAT32, new PassOptions(1, true)))) {
      ToyLearner.backward(whole, BATCH, WHOLE);
      ToyLearner.backward(part, BATCH, WHOLE);
      whole.step();
      part.step();
      List<String> learning = part.firstMoments().names();
      assertThat(learning).isNotEmpty().noneMatch(name -> name.contains("layers.0."));
      for (String name : start.weights().names()) {
        float[] before = start.weights().floats(name);
        float[] after = part.model().weights().floats(name);
        if (learning.contains(name)) {
          float[] expected = whole.model().weights().floats(name);
          assertThat(after).as(name).containsExactly(expected, within(1e-5f));
          assertThat(after).as(name).isNotEqualTo(before);
        } else {
          assertThat(after).as(name).isEqualTo(before);
        }
      }
    }
  }

  // --- bfloat16 ---

  private static final Learner.Engine BFLOAT16 =
      new Learner.Engine(2, Precision.BFLOAT16, PassOptions.PLAIN);

  @Test
  void stepsTooSmallForBfloat16AddUpInTheMaster() {
    AdamW.Settings plain = new AdamW.Settings(0.9, 0.95, 1e-8, 0, 0);
    LearningRateSchedule tiny =
        new LearningRateSchedule(LearningRateSchedule.Decay.CONSTANT, 1e-5, 0, 10, 0);
    try (Learner learner = new Learner(TinyModel.create(1), plain, tiny, BFLOAT16);
        LanguageModel start = TinyModel.create(1)) {
      String name = "model.layers.1.mlp.up_proj.weight";
      float[] before = start.weights().floats(name);
      for (int i = 0; i < 5; i++) {
        ToyLearner.backward(learner, BATCH, WHOLE);
        assertThat(learner.step().applied()).isTrue();
      }
      float[] master = learner.master().weights().floats(name);
      float[] rounded = learner.model().weights().floats(name);
      int unmoved = 0;
      for (int i = 0; i < before.length; i++) {
        assertThat(Math.abs(master[i] - before[i])).isBetween(1e-7f, 6e-5f);
        assertThat(rounded[i]).isEqualTo(bfloat16(master[i]));
        unmoved += rounded[i] == bfloat16(before[i]) ? 1 : 0;
      }
      assertThat(unmoved).isGreaterThan(before.length / 4);
    }
  }

  /** Rounds to the nearest number whose lower 16 bits are zero, ties to even. */
  private static float bfloat16(float value) {
    int bits = Float.floatToRawIntBits(value);
    return Float.intBitsToFloat((bits + 0x7fff + (bits >>> 16 & 1)) & 0xffff0000);
  }

  @Test
  void inBfloat16TheGradientIsThatOfSinglePrecisionToTwoDigits() {
    try (Learner single = ToyLearner.language(1);
        Learner half = ToyLearner.of(TinyModel.create(1), BFLOAT16)) {
      ToyLearner.backward(single, BATCH, WHOLE);
      ToyLearner.backward(half, BATCH, WHOLE);
      assertThat(difference(gradients(single), gradients(half))).isLessThan(0.03);
      double norm = single.step().gradientNorm();
      assertThat(half.step().gradientNorm()).isCloseTo(norm, within(0.02 * norm));
    }
  }

  @Test
  void aModelThatIsRoundedAlreadyIsNotTaken() {
    try (LanguageModel start = TinyModel.create(1);
        LanguageModel rounded = start.copy(Precision.BFLOAT16)) {
      assertThatThrownBy(() -> ToyLearner.of(rounded, BFLOAT16))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("the model to learn is in bfloat16, expected float32");
    }
  }
}
