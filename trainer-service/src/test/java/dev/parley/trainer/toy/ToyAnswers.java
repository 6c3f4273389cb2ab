package dev.parley.trainer.toy;

import dev.parley.trainer.experience.Sample;
import java.util.Arrays;
import java.util.Map;

/** Answers written by hand: all of their tokens are the policy's own. */
public final class ToyAnswers {

  private ToyAnswers() {}

  /** Returns an answer at temperature 1. */
  public static Sample answer(String promptId, int index, int length, double score, boolean ended) {
    return answer(promptId, index, length, score, ended, 1);
  }

  /**
   * Returns an answer.
   *
   * @param promptId its group
   * @param index its place in the group
   * @param length its tokens
   * @param score what the reward service gave
   * @param ended whether it ended by itself
   * @param temperature that it was drawn at
   */
  public static Sample answer(
      String promptId, int index, int length, double score, boolean ended, double temperature) {
    boolean[] actions = new boolean[length];
    Arrays.fill(actions, true);
    return new Sample(
        promptId,
        index,
        new int[] {3, 4, 5},
        new int[length],
        actions,
        new float[length],
        new float[length],
        new float[length],
        score,
        Map.of(),
        ended,
        temperature,
        0,
        0,
        "");
  }
}
