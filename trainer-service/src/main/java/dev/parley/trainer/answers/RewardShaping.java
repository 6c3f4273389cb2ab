package dev.parley.trainer.answers;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.OnPolicyConfig;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.rl.OverlongPenalty;
import dev.parley.trainer.rl.TerminalReward;
import dev.parley.trainer.run.RunLog;
import java.util.DoubleSummaryStatistics;
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

  /**
   * Tells how many scores were clipped and what length cost, where there is such a setting, and
   * warns if clipping has made all scores equal.
   */
  public void tell(long update, List<Sample> samples, AnswerReport report, RunLog log) {
    if (terminal.clips()) {
      long clipped = samples.stream().filter(s -> terminal.clips(s.score())).count();
      report.put(OnPolicyMetrics.SCORES_CLIPPED, (double) clipped / samples.size());
      warn(update, samples, log);
    }
    if (overlong.buffer() > 0) {
      report.put(
          OnPolicyMetrics.OVERLONG_PENALTY,
          samples.stream().mapToDouble(s -> overlong.of(s.tokens().length)).average().orElse(0));
    }
  }

  private void warn(long update, List<Sample> samples, RunLog log) {
    DoubleSummaryStatistics scores =
        samples.stream().mapToDouble(Sample::score).summaryStatistics();
    if (scores.getMin() > terminal.highest() || scores.getMax() < terminal.lowest()) {
      log.warning(
          "scores_clipped",
          "update %d: all scores, %.4g to %.4g, were clipped to %.4g (reward.clip), so they tell no answer from another. Set reward.clip=0, or scale the scores"
              .formatted(
                  update,
                  scores.getMin(),
                  scores.getMax(),
                  scores.getMin() > terminal.highest() ? terminal.highest() : terminal.lowest()));
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
