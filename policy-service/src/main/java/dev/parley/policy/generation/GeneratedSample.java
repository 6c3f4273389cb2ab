package dev.parley.policy.generation;

import dev.parley.model.generation.FinishReason;
import java.util.List;

/**
 * One finished answer of T tokens.
 *
 * @param index which answer of the request, from 0
 * @param tokens {@code [T]}, stop token included
 * @param samplingLogProbs {@code [T]}, nats, under the distribution drawn from
 * @param modelLogProbs {@code [T]}, nats, under the untempered model
 * @param text without special tokens and without the stop string that ended it
 * @param finish why it ended
 * @param seed what it was drawn with
 * @param versions which weights made which tokens, in order; at least one
 */
public record GeneratedSample(
    int index,
    int[] tokens,
    float[] samplingLogProbs,
    float[] modelLogProbs,
    String text,
    FinishReason finish,
    long seed,
    List<VersionSpan> versions) {

  /** Copies the list; the arrays are this record's own. */
  public GeneratedSample {
    versions = List.copyOf(versions);
  }
}
