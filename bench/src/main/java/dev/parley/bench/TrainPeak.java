package dev.parley.bench;

import dev.parley.bench.own.TrainingSteps;

/**
 * The floating-point rate of whole optimizer steps beside that of a plain matrix product in the
 * same process, the two in turns.
 *
 * @param rig what it runs on
 * @param model the shape
 * @param rows of 128 tokens
 * @param bar the share to reach
 */
record TrainPeak(Rig rig, BenchModel model, int rows, double bar) implements Comparison {

  private static final double GIGA = 1e9;

  @Override
  public String name() {
    return "train-peak-" + model.size();
  }

  @Override
  public String description() {
    return "optimizer step, %s, %d×%d tokens, fp32, against a 2048³ matrix product"
        .formatted(model.size(), rows, TrainStep.LENGTH);
  }

  @Override
  public String unit() {
    return "GFLOP/s";
  }

  @Override
  public Rates measure() throws InterruptedException {
    TrainingSteps.Figures figures =
        rig.own(
            new TrainingSteps(
                rig.model(model),
                rows,
                TrainStep.LENGTH,
                "float32",
                0,
                TrainStep.WARM_UPS,
                TrainStep.SECONDS),
            TrainingSteps.Figures.class);
    return new Rates(figures.stepFlops() / GIGA, figures.productFlops() / GIGA);
  }
}
