package dev.parley.trainer.toy;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.LearningRateSchedule;
import dev.parley.trainer.recipe.sft.SftMetrics;
import dev.parley.trainer.recipe.sft.SftWork;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** Learners over the tiny model, and sequences for them, made from seeds. */
public final class ToyLearner {

  /** AdamW with decay and clipping, so that a test sees both. */
  public static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.95, 1e-8, 0.01, 1.0);

  /** A rate that changes at every step. */
  public static final LearningRateSchedule SCHEDULE =
      new LearningRateSchedule(LearningRateSchedule.Decay.COSINE, 1e-2, 2, 20, 0.1);

  private ToyLearner() {}

  /** Returns a learner of the tiny language model. */
  public static Learner language(long seed) {
    return language(seed, 1);
  }

  /** Returns a learner of the tiny language model with a buffer of gradients for each worker. */
  public static Learner language(long seed, int workers) {
    return of(
        TinyModel.create(seed), new Learner.Engine(workers, Precision.FLOAT32, PassOptions.PLAIN));
  }

  /** Returns a learner of the tiny model with other heads. */
  public static Learner withHeads(Heads heads, long seed) {
    try (LanguageModel language = TinyModel.create(seed)) {
      return of(language.withHeads(heads, seed));
    }
  }

  /** Returns a learner of any model. */
  public static Learner of(LanguageModel model) {
    return of(model, Learner.Engine.PLAIN);
  }

  /** Returns a learner of any model. */
  public static Learner of(LanguageModel model, Learner.Engine engine) {
    return new Learner(model, SETTINGS, SCHEDULE, engine);
  }

  /** Returns random sequences of different lengths, of which random tokens are learnt. */
  public static List<LearningSequence> sequences(int count, long seed) {
    Random random = new Random(seed);
    List<LearningSequence> sequences = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      int[] tokens = random.ints(3 + random.nextInt(20), 0, 259).toArray();
      boolean[] learnt = new boolean[tokens.length];
      for (int t = 1; t < learnt.length; t++) {
        learnt[t] = random.nextBoolean();
      }
      learnt[tokens.length - 1] = true;
      sequences.add(new LearningSequence(tokens, learnt));
    }
    return sequences;
  }

  /**
   * Adds the gradient of the mean negative log-probability, in micro-batches.
   *
   * @param tokens most tokens at a time, of all the learner's workers together
   */
  public static void backward(Learner learner, List<LearningSequence> batch, int tokens) {
    int workers = learner.workers();
    try (Accumulation accumulation =
        new Accumulation(new Accumulation.Settings(tokens, workers, workers))) {
      accumulation.learn(List.of(learner), List.of(SftWork.of(learner, batch, 1, SftMetrics.LOSS)));
    }
  }

  /** Returns all weights as bits, which compare exactly. */
  public static int[] weightBits(Learner learner) {
    return bits(learner.master().weights().flat().toFloatArray());
  }

  /** Returns weights and both moments as bits. */
  public static int[] allBits(Learner learner) {
    return Stream.of(learner.master().weights(), learner.firstMoments(), learner.secondMoments())
        .flatMapToInt(weights -> Arrays.stream(bits(weights.flat().toFloatArray())))
        .toArray();
  }

  private static int[] bits(float[] values) {
    int[] bits = new int[values.length];
    Arrays.setAll(bits, i -> Float.floatToRawIntBits(values[i]));
    return bits;
  }
}
