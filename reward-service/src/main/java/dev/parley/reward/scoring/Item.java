package dev.parley.reward.scoring;

import java.util.Map;
import java.util.Objects;

/**
 * One thing to score.
 *
 * @param content what to score
 * @param referenceAnswer what a verifier compares the answer with; empty if there is nothing
 * @param metadata free fields that rules may read
 */
public record Item(Content content, String referenceAnswer, Map<String, String> metadata) {

  /** Checks that nothing is missing. */
  public Item {
    Objects.requireNonNull(content, "content");
    Objects.requireNonNull(referenceAnswer, "referenceAnswer");
    metadata = Map.copyOf(metadata);
  }

  /** Makes an item without a reference answer. */
  public static Item of(Content content) {
    return new Item(content, "", Map.of());
  }
}
