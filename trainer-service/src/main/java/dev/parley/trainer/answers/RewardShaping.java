package dev.parley.trainer.answers;

import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.rl.OverlongPenalty;
import dev.parley.trainer.rl.TerminalReward;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What becomes of scores before anything is learnt from them: clip, take the penalty for a missing
 * end, take the penalty for length.
 *
 * @param terminal clips, and penalises a missing end
 * @param overlong penalises length
 * @param maskTruncated whether nothing is learnt from answers that were cut off
 */
public record RewardShaping(
    TerminalReward terminal, OverlongPenalty overlong, boolean maskTruncated) {

  /** Reads the settings of a recipe without a critic. */
  public static RewardShaping of(OnPolicySettings settings, OnPolicyConfig.Shaping shaping) {
    return of(settings, shaping, shaping.missingEosPenalty());
  }

  /**
   * Reads the settings.
   *
   * @param settings of the run
   * @param length what long answers lose
   * @param missingEosPenalty what an answer loses that did not end by itself
   */
  public static RewardShaping of(
      OnPolicySettings settings, OnPolicyConfig.Length length, double missingEosPenalty) {
    return new RewardShaping(
        new TerminalReward(-settings.clip(), settings.clip(), missingEosPenalty),
        new OverlongPenalty(
            settings.config().sampling().maxNewTokens(),
            length.overlongBuffer(),
            length.overlongPenalty()),
        length.maskTruncated());
  }

  /**
   * Finds settings that contradict each other.
   *
   * @param settings of the run
   * @param shaping of scores
   * @param problems takes what is wrong, naming the keys
   */
  public static void check(
      OnPolicySettings settings, OnPolicyConfig.Length shaping, Problems problems) {
    int longest = settings.config().sampling().maxNewTokens();
    problems.require(
        shaping.overlongBuffer() <= longest,
        "reward.overlong-buffer is "
            + shaping.overlongBuffer()
            + "; expected at most sampling.max-new-tokens, which is "
            + longest);
  }

  /** Returns the reward of each answer {@code [B]}. */
  public float[] rewards(List<Sample> samples) {
    float[] rewards = new float[samples.size()];
    for (int b = 0; b < rewards.length; b++) {
      Sample sample = samples.get(b);
      double reward = terminal.reward(sample.score(), sample.ended());
      rewards[b] = (float) (reward - overlong.of(sample.tokens().length));
    }
    return rewards;
  }

  /** Tells what length cost, if it costs anything. */
  public void tell(List<Sample> samples, AnswerReport report) {
    if (overlong.buffer() > 0) {
      report.put(
          OnPolicyMetrics.OVERLONG_PENALTY,
          samples.stream().mapToDouble(s -> overlong.of(s.tokens().length)).average().orElse(0));
    }
  }

  /** Returns which answers are learnt from. */
  public List<Integer> learnt(List<Sample> samples) {
    return IntStream.range(0, samples.size())
        .filter(b -> !maskTruncated || samples.get(b).ended())
        .boxed()
        .toList();
  }
}
