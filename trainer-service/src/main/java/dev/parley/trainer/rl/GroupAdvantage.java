package dev.parley.trainer.rl;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Advantages of answers to the same prompt, held against each other instead of against a critic.
 *
 * <p>A reward of NaN stands for an answer that could not be scored: it is left out of every mean
 * and deviation and gets advantage 0. So does an answer without another scored one in its group.
 */
public final class GroupAdvantage {

  /** ε of all recipes, as in TRL: keeps what agrees from being divided by a deviation of 0. */
  public static final double EPSILON = 1e-4;

  private GroupAdvantage() {}

  /** What the distance from the group's mean is divided by. */
  public enum Scale {
    /** The group's deviation: GRPO (Shao et al. 2024, arXiv:2402.03300). */
    GROUP,
    /** The batch's deviation, which does not favour groups that nearly agree. */
    BATCH,
    /** Nothing: Dr. GRPO (Liu et al. 2025, arXiv:2503.20783). */
    NONE
  }

  /**
   * {@code A = (r − mean of the group) / (deviation + ε)}, with the unbiased deviation.
   *
   * @param rewards {@code [B]}
   * @param groups {@code [B]}, equal numbers for answers to the same prompt, in any order
   * @param scale which deviation
   * @param epsilon ε: 1e-4 in TRL, 1e-6 in veRL
   * @return {@code [B]}
   * @throws IllegalArgumentException if the lengths differ
   */
  public static float[] groupRelative(float[] rewards, int[] groups, Scale scale, double epsilon) {
    requireGroups(rewards, groups);
    double batchDeviation = deviation(scored(rewards, IntStream.range(0, rewards.length)));
    float[] advantages = new float[rewards.length];
    forEachGroup(
        groups,
        members -> {
          double[] scored = scored(rewards, Arrays.stream(members));
          double mean = Arrays.stream(scored).average().orElse(0);
          double divisor =
              switch (scale) {
                case GROUP -> deviation(scored) + epsilon;
                case BATCH -> batchDeviation + epsilon;
                case NONE -> 1;
              };
          for (int i : members) {
            advantages[i] = scored.length < 2 ? 0 : orZero((rewards[i] - mean) / divisor);
          }
        });
    return advantages;
  }

  /**
   * RLOO (Ahmadian et al. 2024, arXiv:2402.14740): the mean of the <em>other</em> answers of the
   * group is the baseline, {@code A_i = r_i − (Σ r − r_i) / (n − 1)}.
   *
   * @param rewards {@code [B]}; for a KL penalty, subtract β·KL of the answer before
   * @param groups {@code [B]}, as in {@link #groupRelative}
   * @return {@code [B]}
   * @throws IllegalArgumentException if the lengths differ
   */
  public static float[] leaveOneOut(float[] rewards, int[] groups) {
    requireGroups(rewards, groups);
    float[] advantages = new float[rewards.length];
    forEachGroup(
        groups,
        members -> {
          double[] scored = scored(rewards, Arrays.stream(members));
          double sum = Arrays.stream(scored).sum();
          for (int i : members) {
            double others = (sum - rewards[i]) / (scored.length - 1);
            advantages[i] = scored.length < 2 ? 0 : orZero(rewards[i] - others);
          }
        });
    return advantages;
  }

  /**
   * {@code (x − mean) / (deviation + ε)} over the batch, with the unbiased deviation: what RLOO
   * does when it normalises its advantages.
   *
   * @param values {@code [B]}, at least two of them not NaN
   * @param epsilon ε
   * @return {@code [B]}
   */
  public static float[] standardize(float[] values, double epsilon) {
    return groupRelative(values, new int[values.length], Scale.GROUP, epsilon);
  }

  private interface GroupAction {
    /**
     * @param members indices of the answers of one group
     */
    void accept(int[] members);
  }

  private static void forEachGroup(int[] groups, GroupAction action) {
    for (int group : Arrays.stream(groups).distinct().toArray()) {
      action.accept(IntStream.range(0, groups.length).filter(i -> groups[i] == group).toArray());
    }
  }

  private static double[] scored(float[] rewards, IntStream members) {
    return members.filter(i -> !Float.isNaN(rewards[i])).mapToDouble(i -> rewards[i]).toArray();
  }

  /** Unbiased; 0 for fewer than two values. */
  private static double deviation(double[] values) {
    if (values.length < 2) {
      return 0;
    }
    double mean = Arrays.stream(values).average().orElseThrow();
    double squares = Arrays.stream(values).map(x -> (x - mean) * (x - mean)).sum();
    return Math.sqrt(squares / (values.length - 1));
  }

  private static float orZero(double advantage) {
    return Double.isNaN(advantage) ? 0 : (float) advantage;
  }

  private static void requireGroups(float[] rewards, int[] groups) {
    if (rewards.length != groups.length) {
      throw new IllegalArgumentException(
          "%d rewards, %d group numbers; give one group number for each reward"
              .formatted(rewards.length, groups.length));
    }
  }
}
