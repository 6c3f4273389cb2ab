package dev.parley.trainer.recipe;

import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.run.RunDirectory;
import dev.parley.trainer.run.RunLog;
import java.util.Optional;
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

  /**
   * Warns of a batch that holds rows several times.
   *
   * @param repeats what {@link EpochOrder#repeats} says
   */
  public void warnOfRepeats(Optional<String> repeats) {
    repeats.ifPresent(text -> log.warning("rows_repeated", text));
  }

  /** Warns of a run that needs more memory than there is. */
  public void warnOfMemory(RecipeConfig config, MemoryPrediction memory) {
    SharedSettings.lackOfMemory(config, memory)
        .ifPresent(lack -> log.warning("memory_too_small", lack));
  }

  /** Warns of micro-batches that there was no memory for, if there were any since the last time. */
  public void warnOfSplits(Accumulation accumulation, long update) {
    for (Accumulation.Split split : accumulation.newSplits()) {
      log.warning(
          "micro_batch_split",
          "update "
              + update
              + ": there was no memory for a micro-batch of "
              + split.tokens()
              + " tokens in "
              + split.rows()
              + " rows; it was split, and from now on one has at most "
              + split.budget()
              + " tokens. Lower engine.micro-batch-tokens or engine.workers to spare the attempt."
              + " The allocator said: "
              + split.reason());
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
