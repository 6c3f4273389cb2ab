package dev.parley.trainer.answers;

import dev.parley.trainer.experience.Sample;
import java.util.Arrays;
import java.util.List;

/**
 * Numbers at the action tokens of an update's answers, {@code [B][T]}: rows are answers, and T is
 * the number of an answer's own tokens, so every element counts.
 */
public final class PerToken {

  private PerToken() {}

  /** Returns a mask that is true throughout, in the shape of some numbers. */
  public static boolean[][] mask(float[][] like) {
    boolean[][] mask = new boolean[like.length][];
    for (int b = 0; b < mask.length; b++) {
      mask[b] = new boolean[like[b].length];
      Arrays.fill(mask[b], true);
    }
    return mask;
  }

  /** Puts the rows of some answers one after the other. */
  public static float[] flatten(float[][] rows, List<Integer> chosen) {
    int length = chosen.stream().mapToInt(b -> rows[b].length).sum();
    float[] flat = new float[length];
    int next = 0;
    for (int b : chosen) {
      System.arraycopy(rows[b], 0, flat, next, rows[b].length);
      next += rows[b].length;
    }
    return flat;
  }

  /** Returns the temperature of every action token of some answers; empty if all are 1. */
  public static float[] temperatures(List<Sample> samples) {
    if (samples.stream().allMatch(sample -> sample.temperature() == 1)) {
      return new float[0];
    }
    float[] temperatures = new float[samples.stream().mapToInt(Sample::actionCount).sum()];
    int next = 0;
    for (Sample sample : samples) {
      int end = next + sample.actionCount();
      Arrays.fill(temperatures, next, end, (float) sample.temperature());
      next = end;
    }
    return temperatures;
  }
}
