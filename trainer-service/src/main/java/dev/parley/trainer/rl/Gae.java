package dev.parley.trainer.rl;

/**
 * Generalised advantage estimation (Schulman et al. 2016, arXiv:1506.02438, eq. 16).
 *
 * <pre>
 * δ_t = r_t + γ V_{t+1} − V_t          V after the last action token is 0
 * A_t = δ_t + γλ A_{t+1}
 * R_t = A_t + V_t                      before any whitening of A
 * </pre>
 *
 * <p>"t + 1" is the next <em>action token</em>: over tokens outside the mask, such as a tool's
 * answer between two turns, value and advantage are carried unchanged (as veRL and NeMo-RL do; TRL
 * and OpenRLHF let the gap bootstrap from 0 and decay by (γλ)^gap).
 *
 * @param gamma discount γ, 0 to 1
 * @param lambda λ, 0 (the TD error) to 1 (the return minus the value)
 */
public record Gae(double gamma, double lambda) {
  /**
   * @throws IllegalArgumentException if γ or λ is outside [0, 1]
   */
  public Gae {
    requireFraction("gamma", gamma);
    requireFraction("lambda", lambda);
  }

  /**
   * What GAE gives.
   *
   * @param advantages A, {@code [B][T]}, not whitened, 0 outside the mask
   * @param returns R, the critic's target, {@code [B][T]}, 0 outside the mask
   */
  public record Estimate(float[][] advantages, float[][] returns) {}

  /**
   * Estimates advantages and returns.
   *
   * @param rewards r, {@code [B][T]}: see {@link KlRewards} and {@link TerminalReward}
   * @param values V of the state before each token, {@code [B][T]}
   * @param mask {@code [B][T]}
   * @throws IllegalArgumentException if shapes differ
   */
  public Estimate estimate(float[][] rewards, float[][] values, boolean[][] mask) {
    Rows.requireShape("rewards", rewards, mask);
    Rows.requireShape("values", values, mask);
    float[][] advantages = Rows.zeros(mask);
    float[][] returns = Rows.zeros(mask);
    for (int b = 0; b < mask.length; b++) {
      double nextValue = 0;
      double nextAdvantage = 0;
      for (int t = mask[b].length - 1; t >= 0; t--) {
        if (mask[b][t]) {
          double delta = rewards[b][t] + gamma * nextValue - values[b][t];
          nextAdvantage = delta + gamma * lambda * nextAdvantage;
          nextValue = values[b][t];
          advantages[b][t] = (float) nextAdvantage;
          returns[b][t] = (float) (nextAdvantage + nextValue);
        }
      }
    }
    return new Estimate(advantages, returns);
  }

  private static void requireFraction(String name, double value) {
    if (!(value >= 0 && value <= 1)) {
      throw new IllegalArgumentException("%s is %s; give 0 to 1".formatted(name, value));
    }
  }
}
