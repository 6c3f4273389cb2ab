package dev.parley.bench;

/** The same work, done by Parley and by a peer. Both figures are rates: more is better. */
public interface Comparison {

  /** Returns its name on the command line. */
  String name();

  /** Returns what is done, and by whom beside Parley. */
  String description();

  /** Returns the unit of both rates. */
  String unit();

  /** Returns the ratio, ours to the peer's, that Parley must reach. */
  double bar();

  /**
   * Does it once with Parley.
   *
   * @throws InterruptedException if everything is being stopped
   */
  double ours() throws InterruptedException;

  /**
   * Does it once with the peer.
   *
   * @throws InterruptedException if everything is being stopped
   */
  double peer() throws InterruptedException;
}
