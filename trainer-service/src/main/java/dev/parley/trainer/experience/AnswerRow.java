package dev.parley.trainer.experience;

import java.util.List;

/** A row of preference data whose answers go through the model together, and are never parted. */
public interface AnswerRow extends LearningRow {

  /**
   * Returns the row's answers, each with the whole conversation before it; only the assistant's
   * tokens of the answer itself are learnt.
   */
  List<LearningSequence> answers();

  @Override
  default int size() {
    return answers().stream().mapToInt(answer -> answer.tokens().length).sum();
  }

  @Override
  default int longest() {
    return answers().stream().mapToInt(answer -> answer.tokens().length).max().orElse(0);
  }

  @Override
  default int positions() {
    return answers().stream().mapToInt(LearningSequence::count).sum();
  }
}
