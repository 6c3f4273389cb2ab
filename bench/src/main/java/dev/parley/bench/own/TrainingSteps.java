package dev.parley.bench.own;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.LearningRateSchedule;
import dev.parley.trainer.recipe.sft.SftLoss;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Whole optimizer steps in single precision: forward, the mean log-probability as loss, backward,
 * clipping, AdamW. A matrix product before each step measures what the cores give just then.
 *
 * @param model the model's directory
 * @param rows of a batch
 * @param length tokens of a row
 * @param warmUps steps that are not timed
 * @param seconds steps are repeated until so much time has gone by
 */
public record TrainingSteps(Path model, int rows, int length, int warmUps, double seconds)
    implements Work<TrainingSteps.Figures> {

  private static final AdamW.Settings OPTIMIZER = new AdamW.Settings(0.9, 0.999, 1e-8, 0.01, 1);

  private static final LearningRateSchedule RATE =
      new LearningRateSchedule(LearningRateSchedule.Decay.CONSTANT, 1e-5, 0, 1_000_000, 0);

  /**
   * How fast it went.
   *
   * @param tokensPerSecond tokens of the batches over the steps' time
   * @param stepFlops floating-point operations in a second of the steps
   * @param productFlops those in a second of plain matrix products, between the steps
   */
  public record Figures(double tokensPerSecond, double stepFlops, double productFlops) {}

  @Override
  public Figures run() {
    try (Learner learner =
            new Learner(LanguageModel.open(model, EngineOptions.CPU), OPTIMIZER, RATE);
        MatrixProduct product = new MatrixProduct()) {
      PackedBatch batch = batch(learner.model().shape().vocabulary());
      for (int i = 0; i < warmUps; i++) {
        product.compute();
        step(learner, batch);
      }
      long steps = 0;
      long stepNanos = 0;
      long productNanos = 0;
      do {
        long begin = System.nanoTime();
        product.compute();
        long middle = System.nanoTime();
        step(learner, batch);
        productNanos += middle - begin;
        stepNanos += System.nanoTime() - middle;
        steps++;
      } while (stepNanos * 1e-9 < seconds);
      double stepsPerSecond = steps / (stepNanos * 1e-9);
      return new Figures(
          stepsPerSecond * rows * length,
          stepsPerSecond * StepFlops.of(learner.model().shape(), rows, length),
          steps * MatrixProduct.FLOPS / (productNanos * 1e-9));
    }
  }

  /** Random tokens, all of which are learnt but the first of each row. */
  private PackedBatch batch(int vocabulary) {
    Random random = new Random(1);
    boolean[] learnt = new boolean[length];
    Arrays.fill(learnt, 1, length, true);
    return PackedBatch.of(
        Stream.generate(() -> random.ints(length, 0, vocabulary).toArray())
            .limit(rows)
            .map(tokens -> new LearningSequence(tokens, learnt))
            .toList());
  }

  private static void step(Learner learner, PackedBatch batch) {
    try (ForwardPass pass = learner.forward(batch, new float[0])) {
      learner.backward(pass, SftLoss.of(pass.logProbs(), batch.learnt()).loss());
    }
    learner.step();
  }
}
