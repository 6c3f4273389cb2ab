package dev.parley.trainer.recipe;

import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.run.RunDirectory;
import dev.parley.trainer.run.RunLog;
import java.util.function.BooleanSupplier;

/**
 * The run that a recipe is part of.
 *
 * @param id its name
 * @param directory its files
 * @param log where it tells what it does
 * @param configuration the resolved settings as YAML
 * @param stopRequested true once the run should write a checkpoint and end
 */
public record RunContext(
    String id,
    RunDirectory directory,
    RunLog log,
    String configuration,
    BooleanSupplier stopRequested) {

  /** Warns of rows that are not learnt from, if there are any. */
  public void warnOfLeftOut(LearningData<?> data) {
    if (data.skipped() > 0 || !data.leftOut().isEmpty()) {
      log.warning("rows_left_out", "rows are left out: " + data.describeLeftOut());
    }
  }

  /** Warns of an optimizer step that changed nothing, if it was one. */
  public void warnOfSkipped(Learner.Step step, long update) {
    if (!step.applied()) {
      log.warning(
          "non_finite_step",
          "a step of update "
              + update
              + " had a gradient norm of "
              + step.gradientNorm()
              + " and was skipped; if that happens often, lower the learning rate");
    }
  }
}
