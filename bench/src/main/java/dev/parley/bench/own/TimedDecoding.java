package dev.parley.bench.own;

import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.decoding.Drawn;
import dev.parley.model.decoding.Feed;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * An engine that computes nothing: each step takes a given time, however many rows are in it, and
 * draws the same token. It stands for an accelerator of its own.
 */
final class TimedDecoding implements DecodeEngine {

  private static final int TOKEN = 5;
  private static final float LOG_PROB = -1;

  private final long stepNanos;

  /**
   * Makes an engine.
   *
   * @param step the time of a step; none for steps that take as long as they take
   */
  TimedDecoding(Duration step) {
    this.stepNanos = step.toNanos();
  }

  /** One sequence. */
  private static final class Counted implements Row {

    private int length;

    @Override
    public int length() {
      return length;
    }
  }

  @Override
  public Optional<Row> open(int[] prompt, int room) {
    return Optional.of(new Counted());
  }

  @Override
  public void adopt(Row row, Row other, int length) {
    ((Counted) row).length = length;
  }

  @Override
  public List<Drawn> step(List<Feed> feeds) {
    long end = System.nanoTime() + stepNanos;
    for (Feed feed : feeds) {
      ((Counted) feed.row()).length += feed.tokens().length;
    }
    while (end - System.nanoTime() > 0) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    return feeds.stream()
        .filter(feed -> feed.draw().isPresent())
        .map(feed -> new Drawn(TOKEN, LOG_PROB, LOG_PROB))
        .toList();
  }

  @Override
  public void release(Row row) {
    // A row holds nothing.
  }

  @Override
  public void weightsReplaced() {
    // There are none.
  }

  @Override
  public String description() {
    return "steps of " + Duration.ofNanos(stepNanos);
  }

  @Override
  public Use use() {
    return new Use(0, 1, 0);
  }

  @Override
  public void close() {
    // Nothing is open.
  }
}
