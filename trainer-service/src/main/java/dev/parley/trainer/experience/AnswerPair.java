package dev.parley.trainer.experience;

import java.util.List;

/**
 * Two answers to one prompt, which a policy learns from.
 *
 * @param chosen the better one
 * @param rejected the other one
 * @param confidence how likely that is right, ½ to 1
 */
public record AnswerPair(LearningSequence chosen, LearningSequence rejected, double confidence)
    implements AnswerRow {

  /** A pair of which nobody doubts. */
  public AnswerPair(LearningSequence chosen, LearningSequence rejected) {
    this(chosen, rejected, 1);
  }

  @Override
  public List<LearningSequence> answers() {
    return List.of(chosen, rejected);
  }
}
