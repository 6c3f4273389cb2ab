package dev.parley.bench;

import dev.parley.bench.own.TrainingSteps;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Whole optimizer steps of adapters on all projections beside those of all weights, both Parley's.
 * The most memory of both processes is said on stderr.
 *
 * @param rig what it runs on
 * @param model the shape, the same random weights on both sides
 * @param rows of 128 tokens
 * @param rank of the adapters
 * @param bar the ratio to reach
 */
record LoraStep(Rig rig, BenchModel model, int rows, int rank, double bar) implements Comparison {

  private static final double MEBI = 1 << 20;

  @Override
  public String name() {
    return "lora-step-" + model.size();
  }

  @Override
  public String description() {
    return "optimizer step, %s, %d×%d tokens, fp32: adapters of rank %d against all weights"
        .formatted(model.size(), rows, TrainStep.LENGTH, rank);
  }

  @Override
  public String unit() {
    return "tokens/s";
  }

  @Override
  public Rates measure() throws InterruptedException {
    TrainingSteps.Figures adapters = steps(rank);
    TrainingSteps.Figures whole = steps(0);
    System.err.printf(
        Locale.ROOT,
        "most memory: adapters %.0f MiB, all weights %.0f MiB%n",
        adapters.peakBytes() / MEBI,
        whole.peakBytes() / MEBI);
    return new Rates(adapters.tokensPerSecond(), whole.tokensPerSecond());
  }

  private TrainingSteps.Figures steps(int adapterRank) throws InterruptedException {
    Path directory = rig.model(model);
    return rig.own(
        new TrainingSteps(
            directory,
            rows,
            TrainStep.LENGTH,
            "float32",
            adapterRank,
            TrainStep.WARM_UPS,
            TrainStep.SECONDS),
        TrainingSteps.Figures.class);
  }
}
