package dev.parley.trainer.recipe.awr;

import dev.parley.trainer.experience.AnswerRow;
import dev.parley.trainer.experience.LearningSequence;
import java.util.List;

/**
 * An answer from the log with what it is worth.
 *
 * @param answer prompt and answer, of which the policy's own tokens are learnt
 * @param score what the reward service gave
 * @param weight w, above 0
 */
record LoggedAnswer(LearningSequence answer, double score, double weight) implements AnswerRow {

  @Override
  public List<LearningSequence> answers() {
    return List.of(answer);
  }
}
