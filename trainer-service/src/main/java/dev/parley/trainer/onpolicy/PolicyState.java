package dev.parley.trainer.onpolicy;

import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.optimization.AdamW;
import java.util.Map;

/**
 * What a checkpoint of a policy without a critic holds beside weights and moments.
 *
 * @param update updates made
 * @param optimizer its counts
 * @param klCoefficient β now in force
 * @param place where the run stands in the log
 * @param published checksum of every version announced, by its number
 * @param episodes answers learnt from
 */
public record PolicyState(
    long update,
    AdamW.State optimizer,
    double klCoefficient,
    RolloutExchange.Place place,
    Map<Long, String> published,
    long episodes) {

  /** Copies the map. */
  public PolicyState {
    published = Map.copyOf(published);
  }

  /** Returns the state of a run that stands somewhere. */
  static PolicyState of(Standing standing, AdamW.State optimizer, double klCoefficient) {
    return new PolicyState(
        standing.update(),
        optimizer,
        klCoefficient,
        standing.place(),
        standing.published(),
        standing.episodes());
  }

  /** Returns where the run stands. */
  Standing standing() {
    return new Standing(update, place, published, episodes);
  }
}
