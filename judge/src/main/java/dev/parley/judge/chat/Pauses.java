package dev.parley.judge.chat;

import java.time.Duration;

/** A clock and waiting by it; tests wait without time passing. */
public interface Pauses {

  /** The real ones. */
  Pauses REAL =
      new Pauses() {
        @Override
        public void pause(Duration pause) throws InterruptedException {
          Thread.sleep(pause.toMillis());
        }

        @Override
        public long nanoTime() {
          return System.nanoTime();
        }
      };

  /**
   * Waits.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  void pause(Duration pause) throws InterruptedException;

  /** Nanoseconds that grow, as {@link System#nanoTime}. */
  long nanoTime();
}
