package dev.parley.policy.generation;

import java.util.List;

/**
 * All answers to one request.
 *
 * @param samples by index
 * @param startNanos when the first step began, on {@link System#nanoTime}
 * @param endNanos when the last token was there
 */
public record GeneratedGroup(List<GeneratedSample> samples, long startNanos, long endNanos) {

  /** Copies the list. */
  public GeneratedGroup {
    samples = List.copyOf(samples);
  }
}
