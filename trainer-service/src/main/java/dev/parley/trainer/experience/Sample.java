package dev.parley.trainer.experience;

import java.util.Map;

/**
 * One answer that a policy drew, with everything that was measured at its tokens. T is the number
 * of the answer's tokens.
 *
 * @param promptId its group
 * @param index its place in the group, from 0
 * @param prompt the prompt's tokens
 * @param tokens the answer's tokens, stop token included {@code [T]}
 * @param actions true where the policy chose the token {@code [T]}
 * @param samplingLogProbs log μ(a|s), nats, under the distribution drawn from {@code [T]}
 * @param policyLogProbs log π(a|s), nats, at that temperature over the whole vocabulary, as the
 *     policy service computed it {@code [T]}; empty if it told only of a distribution that was cut
 * @param referenceLogProbs log π_ref(a|s), nats, at the sampling temperature {@code [T]}; empty if
 *     there is no reference
 * @param score what the reward service gave
 * @param components the named parts of the score
 * @param ended whether a stop token or string ended it, rather than the limit of tokens
 * @param temperature that it was drawn at
 * @param version the newest version of the weights that made one of its tokens
 * @param oldestVersion the oldest one
 * @param text the decoded answer
 */
public record Sample(
    String promptId,
    int index,
    int[] prompt,
    int[] tokens,
    boolean[] actions,
    float[] samplingLogProbs,
    float[] policyLogProbs,
    float[] referenceLogProbs,
    double score,
    Map<String, Double> components,
    boolean ended,
    double temperature,
    long version,
    long oldestVersion,
    String text) {

  /** Copies the map. */
  public Sample {
    components = Map.copyOf(components);
  }

  /** Returns prompt and answer, of which the policy's own tokens are learnt. */
  public LearningSequence sequence() {
    int[] all = new int[prompt.length + tokens.length];
    boolean[] learnt = new boolean[all.length];
    System.arraycopy(prompt, 0, all, 0, prompt.length);
    System.arraycopy(tokens, 0, all, prompt.length, tokens.length);
    System.arraycopy(actions, 0, learnt, prompt.length, actions.length);
    return new LearningSequence(all, learnt);
  }

  /**
   * Picks the elements at the policy's own tokens.
   *
   * @param perToken {@code [T]}
   * @return one element per action
   */
  public float[] atActions(float[] perToken) {
    int count = 0;
    float[] picked = new float[actionCount()];
    for (int t = 0; t < actions.length; t++) {
      if (actions[t]) {
        picked[count++] = perToken[t];
      }
    }
    return picked;
  }

  /** Returns how many of the answer's tokens the policy chose. */
  public int actionCount() {
    int count = 0;
    for (boolean action : actions) {
      count += action ? 1 : 0;
    }
    return count;
  }
}
