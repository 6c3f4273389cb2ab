package dev.parley.trainer.experience;

/** A row as it is learnt from: one sequence of tokens, or several that are never parted. */
public interface LearningRow {

  /** Returns the tokens of all its sequences. */
  int size();

  /** Returns the tokens of the longest sequence. */
  default int longest() {
    return size();
  }

  /** Returns the positions at which the model has something to say: a next token, or a score. */
  int positions();
}
