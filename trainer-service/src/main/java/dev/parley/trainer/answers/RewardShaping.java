package dev.parley.trainer.answers;

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

  /** Reads the settings of a run. */
  public static RewardShaping of(OnPolicySettings settings) {
    OnPolicyConfig.Reward reward = settings.reward();
    double clip = reward.clip() == 0 ? Double.POSITIVE_INFINITY : reward.clip();
    return new RewardShaping(
        new TerminalReward(-clip, clip, reward.missingEosPenalty()),
        new OverlongPenalty(
            settings.config().sampling().maxNewTokens(),
            reward.overlongBuffer(),
            reward.overlongPenalty()),
        reward.maskTruncated());
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
