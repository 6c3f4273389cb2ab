package dev.parley.bench;

/** The same work, done by Parley and by a peer, or set against what the machine can do at best. */
public interface Comparison {

  /** Returns its name on the command line. */
  String name();

  /** Returns what is done, and by whom beside Parley. */
  String description();

  /** Returns the unit of both figures. */
  String unit();

  /** Returns the ratio, ours to the peer's, that Parley must reach, or stay below. */
  double bar();

  /** Returns whether less is better: memory and waiting, which must stay below the bar. */
  default boolean atMost() {
    return false;
  }

  /**
   * Does it once on both sides, one after the other.
   *
   * @throws InterruptedException if everything is being stopped
   * @throws dev.parley.cli.Failure if a side fails
   */
  Rates measure() throws InterruptedException;
}
