package dev.parley.trainer.experience;

import java.util.List;

/** A row of preference data whose answers go through the model together, and are never parted. */
public interface AnswerRow {

  /**
   * Returns the row's answers, each with the whole conversation before it; only the assistant's
   * tokens of the answer itself are learnt.
   */
  List<LearningSequence> answers();

  /** Returns the tokens of all answers. */
  default int tokens() {
    return answers().stream().mapToInt(answer -> answer.tokens().length).sum();
  }

  /** Returns the tokens of the longest answer. */
  default int longest() {
    return answers().stream().mapToInt(answer -> answer.tokens().length).max().orElse(0);
  }
}
