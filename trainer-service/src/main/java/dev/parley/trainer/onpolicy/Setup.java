package dev.parley.trainer.onpolicy;

import dev.parley.model.decoder.Heads;
import dev.parley.trainer.checkpoint.CheckpointStore.Checkpoint;
import dev.parley.trainer.memory.MemoryPrediction;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.RunContext;
import java.util.List;
import java.util.Optional;

/**
 * What a recipe brings to {@link OnPolicyRun}: which models learn, and what from.
 *
 * @param <L> its models
 */
public interface Setup<L extends Learners> {

  /** Returns the heads of the policy. */
  Heads heads();

  /** Returns the sizes of all models that learn, the policy's first. */
  List<MemoryPrediction.Model> sizes();

  /** Returns the largest optimizer steps from anything else than answers. */
  default List<MemoryPrediction.Step> otherSteps() {
    return List.of();
  }

  /** Adds to a plan what else learns, and from what. */
  default Plan describe(Plan plan) {
    return plan;
  }

  /** Returns where the run of a checkpoint stands. */
  Standing standing(Checkpoint checkpoint);

  /** Returns β, the KL coefficient that was in force at a checkpoint. */
  double klCoefficient(Checkpoint checkpoint);

  /**
   * Opens the models.
   *
   * @param resumed the checkpoint to go on from
   * @return the models, which the caller closes
   */
  L open(Optional<Checkpoint> resumed);

  /**
   * Prepares to learn.
   *
   * @param context the run
   * @param learners the models
   * @param accumulation runs passes
   * @param klCoefficient β at the beginning, or of the checkpoint to go on from
   */
  Lesson lesson(RunContext context, L learners, Accumulation accumulation, double klCoefficient);
}
