package dev.parley.judge.chat;

import java.time.Duration;

/** Spaces questions evenly, and holds all of them back where the endpoint asks for it. */
final class RateLimit {

  private final Pauses pauses;
  private final long interval;
  private long next;

  /**
   * A limit.
   *
   * @param perMinute most questions a minute; 0 for no bound
   */
  RateLimit(int perMinute, Pauses pauses) {
    this.pauses = pauses;
    this.interval = perMinute == 0 ? 0 : Duration.ofMinutes(1).toNanos() / perMinute;
    this.next = pauses.nanoTime();
  }

  /** Waits for the next question's turn. */
  void await() throws InterruptedException {
    long wait = reserve();
    if (wait > 0) {
      // Rounded up: a millisecond too early would be refused.
      pauses.pause(Duration.ofMillis((wait + 999_999) / 1_000_000));
    }
  }

  private synchronized long reserve() {
    long now = pauses.nanoTime();
    long turn = now - next > 0 ? now : next;
    next = turn + interval;
    return turn - now;
  }

  /** Lets no question go before this much time has passed. */
  synchronized void hold(Duration time) {
    long until = pauses.nanoTime() + time.toNanos();
    if (until - next > 0) {
      next = until;
    }
  }
}
