package dev.parley.trainer.rl;

/**
 * Discounted sums of the rewards to come: the returns of REINFORCE (Williams 1992), which
 * REINFORCE++ (Hu 2025, arXiv:2501.03262) whitens over the batch and uses as advantages.
 *
 * <pre>
 * G_t = r_t + γ G_{t+1}        G after the last action token is 0
 * </pre>
 *
 * <p>As in {@link Gae}, "t + 1" is the next action token.
 */
public final class Returns {
  private Returns() {}

  /**
   * Returns of each token.
   *
   * @param rewards r, {@code [B][T]}
   * @param mask {@code [B][T]}
   * @param gamma γ, 0 to 1
   * @return G, {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if shapes differ or γ is outside [0, 1]
   */
  public static float[][] discounted(float[][] rewards, boolean[][] mask, double gamma) {
    if (!(gamma >= 0 && gamma <= 1)) {
      throw new IllegalArgumentException("gamma is %s; give 0 to 1".formatted(gamma));
    }
    Rows.requireShape("rewards", rewards, mask);
    float[][] returns = Rows.zeros(mask);
    for (int b = 0; b < mask.length; b++) {
      double next = 0;
      for (int t = mask[b].length - 1; t >= 0; t--) {
        if (mask[b][t]) {
          next = rewards[b][t] + gamma * next;
          returns[b][t] = (float) next;
        }
      }
    }
    return returns;
  }

  /**
   * The same number on every action token of a row: how an advantage of the whole answer (GRPO,
   * RLOO, REINFORCE++ with baseline) reaches its tokens.
   *
   * @param perRow {@code [B]}
   * @param mask {@code [B][T]}
   * @return {@code [B][T]}, 0 outside the mask
   * @throws IllegalArgumentException if the number of rows differs
   */
  public static float[][] spread(float[] perRow, boolean[][] mask) {
    if (perRow.length != mask.length) {
      throw new IllegalArgumentException(
          "%d numbers for %d rows; give one number for each row"
              .formatted(perRow.length, mask.length));
    }
    float[][] tokens = Rows.zeros(mask);
    for (int b = 0; b < mask.length; b++) {
      for (int t = 0; t < mask[b].length; t++) {
        tokens[b][t] = mask[b][t] ? perRow[b] : 0;
      }
    }
    return tokens;
  }
}
