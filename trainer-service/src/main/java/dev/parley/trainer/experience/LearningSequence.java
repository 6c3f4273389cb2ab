package dev.parley.trainer.experience;

/**
 * A token sequence, and which of its tokens are to be learnt.
 *
 * @param tokens the whole sequence, prompt included
 * @param learnt true where the model is to predict the token from those before it; never at the
 *     first token, which nothing predicts
 */
public record LearningSequence(int[] tokens, boolean[] learnt) implements LearningRow {

  /** Checks the lengths. */
  public LearningSequence {
    if (tokens.length != learnt.length) {
      throw new IllegalArgumentException(tokens.length + " tokens, but marks for " + learnt.length);
    }
    if (tokens.length > 0 && learnt[0]) {
      throw new IllegalArgumentException("the first token cannot be learnt: nothing predicts it");
    }
  }

  @Override
  public int size() {
    return tokens.length;
  }

  @Override
  public int positions() {
    return count();
  }

  /** Returns how many tokens are learnt. */
  public int count() {
    int count = 0;
    for (boolean learn : learnt) {
      count += learn ? 1 : 0;
    }
    return count;
  }
}
