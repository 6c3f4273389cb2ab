package dev.parley.serving.calls;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Calls that wait, in the order in which they came. Bounded by their sizes together. A call whose
 * caller gave up leaves it at once.
 *
 * @param <C> the calls
 */
public final class CallQueue<C extends Call<?, ?>> {

  /** What became of a call that was offered. */
  public enum Admission {
    /** It waits. */
    ACCEPTED,
    /** There is no room now. */
    FULL,
    /** The service goes down. */
    CLOSED
  }

  private final int capacity;
  private final int enough;
  private final Duration longestWait;
  private final Set<C> calls = new LinkedHashSet<>();
  private int waiting;
  private boolean closed;

  /**
   * Makes an empty queue.
   *
   * @param capacity largest size of all that wait
   * @param enough what size is worth working on without waiting for more
   * @param longestWait how long the oldest call waits for others
   */
  public CallQueue(int capacity, int enough, Duration longestWait) {
    this.capacity = capacity;
    this.enough = enough;
    this.longestWait = longestWait;
  }

  /** Offers a call. */
  public synchronized Admission add(C call) {
    if (closed) {
      return Admission.CLOSED;
    }
    if (call.size() > capacity - waiting) {
      return Admission.FULL;
    }
    calls.add(call);
    waiting += call.size();
    call.result().whenComplete((answer, failure) -> remove(call));
    notifyAll();
    return Admission.ACCEPTED;
  }

  private synchronized void remove(C call) {
    if (calls.remove(call)) {
      waiting -= call.size();
      notifyAll();
    }
  }

  /**
   * Takes the oldest calls, enough to fill a batch: waits until there is one, and then until there
   * are enough of them, the oldest has waited long enough, or the queue is closed.
   *
   * @return the calls; empty once the queue is closed and nothing is left
   * @throws InterruptedException if the thread is interrupted
   */
  public synchronized List<C> take() throws InterruptedException {
    while (!closed || !calls.isEmpty()) {
      if (calls.isEmpty()) {
        wait();
        continue;
      }
      long arrived = calls.iterator().next().arrivedNanos();
      long remaining = longestWait.toNanos() - (System.nanoTime() - arrived);
      if (closed || waiting >= enough || remaining <= 0) {
        return takeEnough();
      }
      wait(Math.max(1, remaining / 1_000_000));
    }
    return List.of();
  }

  private List<C> takeEnough() {
    List<C> taken = new ArrayList<>();
    int size = 0;
    var oldest = calls.iterator();
    while (oldest.hasNext() && size < enough) {
      C call = oldest.next();
      oldest.remove();
      taken.add(call);
      size += call.size();
    }
    waiting -= size;
    return taken;
  }

  /** Returns the size of all that wait. */
  public synchronized int waiting() {
    return waiting;
  }

  /** Accepts no more; what waits is still handed out. */
  public synchronized void close() {
    closed = true;
    notifyAll();
  }
}
