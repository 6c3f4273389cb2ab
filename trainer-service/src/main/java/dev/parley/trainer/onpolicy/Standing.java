package dev.parley.trainer.onpolicy;

import dev.parley.trainer.experience.RolloutExchange;
import java.util.Map;

/**
 * Where a run stands, whatever it learns.
 *
 * @param update updates made
 * @param place in the log
 * @param published checksum of every version announced, by its number
 * @param episodes answers learnt from
 */
public record Standing(
    long update, RolloutExchange.Place place, Map<Long, String> published, long episodes) {

  /** Copies the map. */
  public Standing {
    published = Map.copyOf(published);
  }
}
