package dev.parley.reward;

import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One caller's request on its way through queue and worker. Whoever asked may cancel {@link
 * #result} at any time; from then on nothing is scored for it.
 */
final class ScoreCall {

  private final List<Item> items;
  private final long arrivedNanos;
  private final CompletableFuture<List<Verdict>> result = new CompletableFuture<>();
  private final Verdict[] verdicts;
  private int missing;

  /**
   * Makes a call of at least one item.
   *
   * @param items the items
   * @param arrivedNanos when it came in, {@link System#nanoTime}
   */
  ScoreCall(List<Item> items, long arrivedNanos) {
    this.items = List.copyOf(items);
    this.arrivedNanos = arrivedNanos;
    this.verdicts = new Verdict[items.size()];
    this.missing = items.size();
  }

  List<Item> items() {
    return items;
  }

  long arrivedNanos() {
    return arrivedNanos;
  }

  /** Returns what will hold one verdict per item. */
  CompletableFuture<List<Verdict>> result() {
    return result;
  }

  /** Returns whether nobody waits for it any more: it was cancelled, failed or answered. */
  boolean over() {
    return result.isDone();
  }

  /** Takes one item's verdict; the last one completes the result. Worker's thread only. */
  void answer(int item, Verdict verdict) {
    verdicts[item] = verdict;
    missing--;
    if (missing == 0) {
      result.complete(Arrays.asList(verdicts));
    }
  }

  void fail(Throwable reason) {
    result.completeExceptionally(reason);
  }
}
