package dev.parley.trainer.onpolicy;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.UpdateTimer;
import java.util.List;
import java.util.Map;

/** What a recipe makes of an update's answers whose policy is the only model that learns. */
public interface PolicyUpdate {

  /**
   * Learns from an update's answers.
   *
   * @param update its number, from 1
   * @param samples the answers, grouped by prompt
   * @param timer told where the time goes
   * @return what was measured, by name
   */
  Map<String, Double> learn(long update, List<Sample> samples, UpdateTimer timer);

  /** Returns β, the KL coefficient now in force. */
  double klCoefficient();

  /** Makes one for a run. */
  interface Maker {

    /**
     * Makes it.
     *
     * @param context the run
     * @param learner the policy
     * @param accumulation runs passes
     * @param klCoefficient β at the beginning, or of the checkpoint to go on from
     */
    PolicyUpdate of(
        RunContext context, Learner learner, Accumulation accumulation, double klCoefficient);
  }
}
