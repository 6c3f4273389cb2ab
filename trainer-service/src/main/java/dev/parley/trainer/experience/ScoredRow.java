package dev.parley.trainer.experience;

import java.util.List;

/** A row that a model with a scalar head scores at some of its tokens. */
public interface ScoredRow extends LearningRow {

  /** Returns the row's sequences as tokens. */
  List<int[]> sequences();

  /** Returns the tokens that are scored, counted over the sequences end to end {@code [S]}. */
  int[] scored();

  @Override
  default int size() {
    return sequences().stream().mapToInt(tokens -> tokens.length).sum();
  }

  @Override
  default int longest() {
    return sequences().stream().mapToInt(tokens -> tokens.length).max().orElseThrow();
  }

  @Override
  default int positions() {
    return scored().length;
  }
}
