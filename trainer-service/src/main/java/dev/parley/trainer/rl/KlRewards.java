package dev.parley.trainer.rl;

import java.util.Arrays;

/**
 * The KL penalty as a reward on every action token (Ziegler et al. 2019, arXiv:1909.08593, eq. 2;
 * Ouyang et al. 2022, arXiv:2203.02155, eq. 2):
 *
 * <pre>
 * r_t = −β kl_t        and the score is added on the last action token: {@link TerminalReward}
 * </pre>
 */
public final class KlRewards {
  private KlRewards() {}

  /**
   * The rewards without the score.
   *
   * @param kl {@code [B][T]}, of {@link Kl#perToken}
   * @param mask {@code [B][T]}
   * @param beta β, the coefficient now in force, at least 0
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if shapes differ or β is negative or not finite
   */
  public static float[][] penalty(float[][] kl, boolean[][] mask, double beta) {
    Rows.requireShape("kl", kl, mask);
    if (!(beta >= 0 && Double.isFinite(beta))) {
      throw new IllegalArgumentException(
          "the KL coefficient is %s; give a number of at least 0".formatted(beta));
    }
    float[][] rewards = Rows.zeros(mask);
    for (int b = 0; b < mask.length; b++) {
      for (int t = 0; t < mask[b].length; t++) {
        rewards[b][t] = mask[b][t] ? (float) (-beta * kl[b][t]) : 0;
      }
    }
    return rewards;
  }

  /**
   * The rewards with the scores of answers as they are.
   *
   * @param kl {@code [B][T]}, of {@link Kl#perToken}
   * @param mask {@code [B][T]}
   * @param beta β, the coefficient now in force, at least 0
   * @param scores clipped and shaped {@code [B]}
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException as {@link #penalty} and {@link TerminalReward#addTo} do
   */
  public static float[][] withScores(float[][] kl, boolean[][] mask, double beta, float[] scores) {
    float[][] rewards = penalty(kl, mask, beta);
    boolean[] ended = new boolean[scores.length];
    Arrays.fill(ended, true); // whatever a missing end costs is in the scores
    TerminalReward.PLAIN.addTo(rewards, mask, scores, ended);
    return rewards;
  }
}
