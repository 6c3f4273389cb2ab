package dev.parley.trainer.critic;

import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.onpolicy.Standing;
import dev.parley.trainer.optimization.AdamW;
import java.util.Map;

/**
 * What a checkpoint of a policy and its value function holds beside weights and moments.
 *
 * @param update updates made
 * @param policyOptimizer counts of the policy's optimizer
 * @param valueOptimizer counts of a separate value model's optimizer
 * @param klCoefficient β now in force
 * @param place where the run stands in the log
 * @param published checksum of every version announced, by its number
 * @param episodes answers learnt from
 */
public record ActorCriticState(
    long update,
    AdamW.State policyOptimizer,
    AdamW.State valueOptimizer,
    double klCoefficient,
    RolloutExchange.Place place,
    Map<Long, String> published,
    long episodes) {

  /** Copies the map. */
  public ActorCriticState {
    published = Map.copyOf(published);
  }

  /** Returns where the run stands. */
  Standing standing() {
    return new Standing(update, place, published, episodes);
  }
}
