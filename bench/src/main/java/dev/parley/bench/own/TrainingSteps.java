package dev.parley.bench.own;

import dev.parley.model.LanguageModel;
import dev.parley.model.adapter.LoraSettings;
import dev.parley.model.decoder.PassOptions;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.model.torchscript.Precision;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.memory.MachineMemory;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.AdamW;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.LearningRateSchedule;
import dev.parley.trainer.recipe.sft.SftMetrics;
import dev.parley.trainer.recipe.sft.SftWork;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/**
 * Whole optimizer steps, as the trainer takes them: forward, the mean log-probability as loss,
 * backward, clipping, AdamW. A matrix product before each step measures what the cores give just
 * then.
 *
 * @param model the model's directory
 * @param rows of a batch
 * @param length tokens of a row
 * @param warmUps steps that are not timed
 * @param precision in which passes compute, "float32" or "bfloat16"
 * @param adapterRank rank of adapters that learn, on all projections; 0 if the weights learn
 * @param seconds steps are repeated until so much time has gone by
 */
public record TrainingSteps(
    Path model,
    int rows,
    int length,
    String precision,
    int adapterRank,
    int warmUps,
    double seconds)
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
   * @param peakBytes the most memory that the process had at a time; 0 if the system does not say
   */
  public record Figures(
      double tokensPerSecond, double stepFlops, double productFlops, long peakBytes) {}

  @Override
  public Figures run() {
    LanguageModel learning = learning(LanguageModel.open(model, EngineOptions.CPU));
    int threads = NativeThreads.get();
    int workers =
        Accumulation.workers(
            threads,
            rows * length,
            learning.learningParameters(0) * Float.BYTES,
            MachineMemory.bytes());
    try (Learner learner =
            new Learner(
                learning,
                OPTIMIZER,
                RATE,
                new Learner.Engine(workers, Precision.parse(precision), PassOptions.PLAIN));
        Accumulation accumulation =
            new Accumulation(new Accumulation.Settings(rows * length, workers, threads));
        MatrixProduct product = new MatrixProduct()) {
      SftWork batch =
          SftWork.of(learner, batch(learner.model().shape().vocabulary()), 1, SftMetrics.LOSS);
      for (int i = 0; i < warmUps; i++) {
        product.compute();
        step(learner, accumulation, batch);
      }
      long steps = 0;
      long stepNanos = 0;
      long productNanos = 0;
      do {
        long begin = System.nanoTime();
        product.compute();
        long middle = System.nanoTime();
        step(learner, accumulation, batch);
        productNanos += middle - begin;
        stepNanos += System.nanoTime() - middle;
        steps++;
      } while (stepNanos * 1e-9 < seconds);
      double stepsPerSecond = steps / (stepNanos * 1e-9);
      return new Figures(
          stepsPerSecond * rows * length,
          stepsPerSecond * StepFlops.of(learner.model().shape(), rows, length),
          steps * MatrixProduct.FLOPS / (productNanos * 1e-9),
          PeakMemory.ofThisProcess());
    }
  }

  private LanguageModel learning(LanguageModel whole) {
    if (adapterRank == 0) {
      return whole;
    }
    LoraSettings settings =
        new LoraSettings(adapterRank, 2 * adapterRank, List.of(LoraSettings.ALL_LINEAR), 0, false);
    try (whole) {
      return whole.adapted(settings, whole.heads(), 1);
    }
  }

  /** Random tokens, all of which are learnt but the first of each row. */
  private List<LearningSequence> batch(int vocabulary) {
    Random random = new Random(1);
    boolean[] learnt = new boolean[length];
    Arrays.fill(learnt, 1, length, true);
    return Stream.generate(() -> random.ints(length, 0, vocabulary).toArray())
        .limit(rows)
        .map(tokens -> new LearningSequence(tokens, learnt))
        .toList();
  }

  private static void step(Learner learner, Accumulation accumulation, SftWork batch) {
    accumulation.learn(List.of(learner), List.of(batch));
    learner.step();
  }
}
