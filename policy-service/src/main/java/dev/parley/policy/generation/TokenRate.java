package dev.parley.policy.generation;

/** Tokens per second of the time spent generating, over the last one to two such seconds. */
final class TokenRate {

  private static final long WINDOW_NANOS = 1_000_000_000L;

  private long tokens;
  private long nanos;
  private long earlierTokens;
  private long earlierNanos;

  /** Counts one step. */
  synchronized void add(int stepTokens, long stepNanos) {
    tokens += stepTokens;
    nanos += stepNanos;
    if (nanos >= WINDOW_NANOS) {
      earlierTokens = tokens;
      earlierNanos = nanos;
      tokens = 0;
      nanos = 0;
    }
  }

  /** Returns the rate; 0 before the first step. */
  synchronized double perSecond() {
    long allNanos = nanos + earlierNanos;
    return allNanos == 0 ? 0 : (tokens + earlierTokens) * 1e9 / allNanos;
  }
}
