package dev.parley.reward;

import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Verdict;
import dev.parley.serving.calls.CallQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The one thread that scores. It takes calls from the queue, hands their items to the scorer
 * together, and gives every caller its own verdicts.
 */
final class ScoreWorker implements Runnable {

  private static final Logger LOG = Logger.getLogger(ScoreWorker.class);

  private final CallQueue<ScoreCall> queue;
  private final int batchItems;
  private final Function<List<Item>, List<Verdict>> scorer;
  private final RewardMetrics metrics;
  private volatile double nanosPerItem;

  /**
   * Makes a worker.
   *
   * @param queue where calls come from
   * @param batchItems most items that are scored together
   * @param scorer gives one verdict per item, in order
   * @param metrics hears of batches
   */
  ScoreWorker(
      CallQueue<ScoreCall> queue,
      int batchItems,
      Function<List<Item>, List<Verdict>> scorer,
      RewardMetrics metrics) {
    this.queue = queue;
    this.batchItems = batchItems;
    this.scorer = scorer;
    this.metrics = metrics;
  }

  /** One item that is to be scored, and whose it is. */
  private record Task(ScoreCall call, int index) {

    Item item() {
      return call.parts().get(index);
    }
  }

  /** Works until the queue is closed and empty. */
  @Override
  public void run() {
    try {
      for (List<ScoreCall> calls = queue.take(); !calls.isEmpty(); calls = queue.take()) {
        score(calls);
      }
    } catch (InterruptedException e) {
      LOG.warn("The worker was interrupted; calls that still wait get no answer", e);
      Thread.currentThread().interrupt();
    }
  }

  /** Returns about how long (ms) the items that wait now will take. */
  long backlogMillis() {
    return (long) (queue.waiting() * nanosPerItem / 1e6);
  }

  private void score(List<ScoreCall> calls) {
    long now = System.nanoTime();
    List<Task> tasks = new ArrayList<>();
    for (ScoreCall call : calls) {
      metrics.waited(now - call.arrivedNanos());
      for (int i = 0; i < call.parts().size(); i++) {
        tasks.add(new Task(call, i));
      }
    }
    for (int from = 0; from < tasks.size(); from += batchItems) {
      List<Task> wanted =
          tasks.subList(from, Math.min(tasks.size(), from + batchItems)).stream()
              .filter(task -> !task.call().over())
              .toList();
      if (!wanted.isEmpty()) {
        scoreBatch(wanted);
      }
    }
  }

  private void scoreBatch(List<Task> tasks) {
    long start = System.nanoTime();
    try {
      List<Verdict> verdicts = scorer.apply(tasks.stream().map(Task::item).toList());
      long nanos = System.nanoTime() - start;
      metrics.scored(tasks.size(), nanos);
      double latest = (double) nanos / tasks.size();
      nanosPerItem = nanosPerItem == 0 ? latest : 0.8 * nanosPerItem + 0.2 * latest;
      for (int i = 0; i < tasks.size(); i++) {
        tasks.get(i).call().answer(tasks.get(i).index(), verdicts.get(i));
      }
    } catch (RuntimeException e) {
      // A scorer fails items, not batches: this is a mistake in it, which must not end the thread.
      LOG.errorf(e, "The scorer failed on a batch of %d items", tasks.size());
      tasks.forEach(task -> task.call().fail(e));
    }
  }
}
