package dev.parley.trainer.experience;

import java.util.List;

/**
 * Two answers to one prompt, which a policy learns from.
 *
 * @param chosen the better one
 * @param rejected the other one
 */
public record AnswerPair(LearningSequence chosen, LearningSequence rejected) implements AnswerRow {

  @Override
  public List<LearningSequence> answers() {
    return List.of(chosen, rejected);
  }
}
