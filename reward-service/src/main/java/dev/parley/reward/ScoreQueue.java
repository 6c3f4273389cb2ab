package dev.parley.reward;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Calls that wait, in the order in which they came. Bounded by items. A call whose caller gave up
 * leaves it at once.
 */
final class ScoreQueue {

  /** What became of a call that was offered. */
  enum Admission {
    /** It waits. */
    ACCEPTED,
    /** There is no room now. */
    FULL,
    /** The service goes down. */
    CLOSED
  }

  private final int capacityItems;
  private final int enoughItems;
  private final Duration longestWait;
  private final Set<ScoreCall> calls = new LinkedHashSet<>();
  private int waitingItems;
  private boolean closed;

  /**
   * Makes an empty queue.
   *
   * @param capacityItems most items that wait
   * @param enoughItems how many items are worth scoring without waiting for more
   * @param longestWait how long the oldest call waits for others
   */
  ScoreQueue(int capacityItems, int enoughItems, Duration longestWait) {
    this.capacityItems = capacityItems;
    this.enoughItems = enoughItems;
    this.longestWait = longestWait;
  }

  /** Offers a call. */
  synchronized Admission add(ScoreCall call) {
    if (closed) {
      return Admission.CLOSED;
    }
    if (call.items().size() > capacityItems - waitingItems) {
      return Admission.FULL;
    }
    calls.add(call);
    waitingItems += call.items().size();
    call.result().whenComplete((answer, failure) -> remove(call));
    notifyAll();
    return Admission.ACCEPTED;
  }

  private synchronized void remove(ScoreCall call) {
    if (calls.remove(call)) {
      waitingItems -= call.items().size();
      notifyAll();
    }
  }

  /**
   * Takes the oldest calls, enough to fill a batch: waits until there is one, and then until there
   * are enough items, the oldest has waited long enough, or the queue is closed.
   *
   * @return the calls; empty once the queue is closed and nothing is left
   * @throws InterruptedException if the thread is interrupted
   */
  synchronized List<ScoreCall> take() throws InterruptedException {
    while (!closed || !calls.isEmpty()) {
      if (calls.isEmpty()) {
        wait();
        continue;
      }
      long arrived = calls.iterator().next().arrivedNanos();
      long remaining = longestWait.toNanos() - (System.nanoTime() - arrived);
      if (closed || waitingItems >= enoughItems || remaining <= 0) {
        return takeEnough();
      }
      wait(Math.max(1, remaining / 1_000_000));
    }
    return List.of();
  }

  private List<ScoreCall> takeEnough() {
    List<ScoreCall> taken = new ArrayList<>();
    int items = 0;
    var oldest = calls.iterator();
    while (oldest.hasNext() && items < enoughItems) {
      ScoreCall call = oldest.next();
      oldest.remove();
      taken.add(call);
      items += call.items().size();
    }
    waitingItems -= items;
    return taken;
  }

  /** Returns how many items wait. */
  synchronized int waitingItems() {
    return waitingItems;
  }

  /** Accepts no more; what waits is still handed out. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
