package dev.parley.bench;

import dev.parley.bench.own.TrainingSteps;
import dev.parley.model.torchscript.Precision;
import java.nio.file.Path;
import java.util.List;

/**
 * Whole optimizer steps beside transformers with torch's fused AdamW in single precision.
 *
 * @param rig what it runs on
 * @param model the shape, the same random weights on both sides
 * @param rows of 128 tokens
 * @param precision in which our passes compute
 * @param bar the ratio to reach
 */
record TrainStep(Rig rig, BenchModel model, int rows, Precision precision, double bar)
    implements Comparison {

  static final int LENGTH = 128;
  static final int WARM_UPS = 2;
  static final double SECONDS = 10;

  @Override
  public String name() {
    return "train-step-" + model.size() + (precision == Precision.BFLOAT16 ? "-bf16" : "");
  }

  @Override
  public String description() {
    return "optimizer step, %s, %d×%d tokens: Learner in %s against transformers in float32, fused AdamW and clip_grad_norm_"
        .formatted(model.size(), rows, LENGTH, precision);
  }

  @Override
  public String unit() {
    return "tokens/s";
  }

  @Override
  public Rates measure() throws InterruptedException {
    Path directory = rig.model(model);
    TrainingSteps.Figures ours =
        rig.own(
            new TrainingSteps(directory, rows, LENGTH, precision.toString(), 0, WARM_UPS, SECONDS),
            TrainingSteps.Figures.class);
    double peer =
        rig.python(Python.Peer.TRANSFORMERS)
            .result(
                "transformers_train.py",
                List.of(
                    "--model", directory.toString(),
                    "--rows", Integer.toString(rows),
                    "--length", Integer.toString(LENGTH),
                    "--warm-ups", Integer.toString(WARM_UPS),
                    "--seconds", Double.toString(SECONDS),
                    "--threads", Integer.toString(rig.threads())))
            .get("tokensPerSecond")
            .asDouble();
    return new Rates(ours.tokensPerSecond(), peer);
  }
}
