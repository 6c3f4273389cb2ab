package dev.parley.cli.hub;

import java.time.Duration;

/** Waiting between attempts; tests wait without time passing. */
interface Pauses {

  /** Pauses that take their time. */
  Pauses REAL = pause -> Thread.sleep(pause.toMillis());

  /**
   * Waits.
   *
   * @throws InterruptedException if the thread is interrupted
   */
  void pause(Duration pause) throws InterruptedException;
}
