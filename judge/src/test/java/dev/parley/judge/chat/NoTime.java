package dev.parley.judge.chat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/** Pauses that move a clock and take no time. */
public final class NoTime implements Pauses {

  private final AtomicLong now = new AtomicLong();
  private final List<Duration> pauses = new CopyOnWriteArrayList<>();

  @Override
  public void pause(Duration pause) {
    pauses.add(pause);
    now.addAndGet(pause.toNanos());
  }

  @Override
  public long nanoTime() {
    return now.get();
  }

  /** The pauses so far. */
  public List<Duration> pauses() {
    return pauses;
  }

  /** How much time has passed. */
  public Duration passed() {
    return Duration.ofNanos(now.get());
  }
}
