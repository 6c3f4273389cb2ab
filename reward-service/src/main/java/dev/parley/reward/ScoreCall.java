package dev.parley.reward;

import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Verdict;
import dev.parley.serving.calls.Call;
import java.util.List;

/** One caller's items, each of which gets a verdict. */
final class ScoreCall extends Call<Item, Verdict> {

  /**
   * Makes a call of at least one item.
   *
   * @param items the items
   * @param arrivedNanos when it came in, {@link System#nanoTime}
   */
  ScoreCall(List<Item> items, long arrivedNanos) {
    super(items, items.size(), arrivedNanos);
  }
}
