package dev.parley.reference;

import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Calls that wait, in the order in which they came. Bounded by tokens. A call whose caller gave up
 * leaves it at once.
 */
final class LogProbsQueue {

  /** What became of a call that was offered. */
  enum Admission {
    /** It waits. */
    ACCEPTED,
    /** There is no room now. */
    FULL,
    /** The service goes down. */
    CLOSED
  }

  private final int capacityTokens;
  private final int enoughTokens;
  private final Duration longestWait;
  private final Set<LogProbsCall> calls = new LinkedHashSet<>();
  private int waitingTokens;
  private boolean closed;

  /**
   * Makes an empty queue.
   *
   * @param capacityTokens most tokens that wait
   * @param enoughTokens how many tokens are worth a forward pass without waiting for more
   * @param longestWait how long the oldest call waits for others
   */
  LogProbsQueue(int capacityTokens, int enoughTokens, Duration longestWait) {
    this.capacityTokens = capacityTokens;
    this.enoughTokens = enoughTokens;
    this.longestWait = longestWait;
  }

  /** Offers a call. */
  synchronized Admission add(LogProbsCall call) {
    if (closed) {
      return Admission.CLOSED;
    }
    if (call.tokens() > capacityTokens - waitingTokens) {
      return Admission.FULL;
    }
    calls.add(call);
    waitingTokens += call.tokens();
    call.result().whenComplete((answer, failure) -> remove(call));
    notifyAll();
    return Admission.ACCEPTED;
  }

  private synchronized void remove(LogProbsCall call) {
    if (calls.remove(call)) {
      waitingTokens -= call.tokens();
      notifyAll();
    }
  }

  /**
   * Takes the oldest calls, enough to fill a batch: waits until there is one, and then until there
   * are enough tokens, the oldest has waited long enough, or the queue is closed.
   *
   * @return the calls; empty once the queue is closed and nothing is left
   * @throws InterruptedException if the thread is interrupted
   */
  synchronized List<LogProbsCall> take() throws InterruptedException {
    while (!closed || !calls.isEmpty()) {
      if (calls.isEmpty()) {
        wait();
        continue;
      }
      long arrived = calls.iterator().next().arrivedNanos();
      long remaining = longestWait.toNanos() - (System.nanoTime() - arrived);
      if (closed || waitingTokens >= enoughTokens || remaining <= 0) {
        return takeEnough();
      }
      wait(Math.max(1, remaining / 1_000_000));
    }
    return List.of();
  }

  private List<LogProbsCall> takeEnough() {
    List<LogProbsCall> taken = new ArrayList<>();
    int tokens = 0;
    var oldest = calls.iterator();
    while (oldest.hasNext() && tokens < enoughTokens) {
      LogProbsCall call = oldest.next();
      oldest.remove();
      taken.add(call);
      tokens += call.tokens();
    }
    waitingTokens -= tokens;
    return taken;
  }

  /** Returns how many tokens wait. */
  synchronized int waitingTokens() {
    return waitingTokens;
  }

  /** Accepts no more; what waits is still handed out. */
  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
