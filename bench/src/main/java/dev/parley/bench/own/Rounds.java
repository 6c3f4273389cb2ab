package dev.parley.bench.own;

import java.util.function.LongSupplier;

/**
 * Repeats a round of work until so much time has gone by. The peers' programs do the same.
 *
 * @param seconds at least so long, and at least one round
 * @param clock nanoseconds
 */
record Rounds(double seconds, LongSupplier clock) {

  /** Rounds by the machine's clock. */
  static Rounds ofSeconds(double seconds) {
    return new Rounds(seconds, System::nanoTime);
  }

  /**
   * Repeats a round.
   *
   * @param round does it, and returns how much it did
   * @return how much was done in a second
   */
  double rate(LongSupplier round) {
    long done = 0;
    double spent = 0;
    long begin = clock.getAsLong();
    do {
      done += round.getAsLong();
      spent = (clock.getAsLong() - begin) * 1e-9;
    } while (spent < seconds);
    return done / spent;
  }
}
