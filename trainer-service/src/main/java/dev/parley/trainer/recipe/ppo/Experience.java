package dev.parley.trainer.recipe.ppo;

import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.critic.CriticMetrics;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.rl.Gae;
import dev.parley.trainer.rl.Kl;
import dev.parley.trainer.rl.KlEstimator;
import dev.parley.trainer.rl.KlRewards;
import dev.parley.trainer.rl.MaskedStatistics;
import dev.parley.trainer.rl.TerminalReward;
import java.util.Arrays;
import java.util.List;

/**
 * One update's samples with all that PPO needs at their action tokens. Rows are samples; T is the
 * number of a sample's own tokens, so every element counts and masks are true throughout.
 *
 * @param samples the answers {@code [B]}
 * @param logProbs log π_old under the weights at the beginning of the update {@code [B][T]}
 * @param referenceLogProbs log π_ref {@code [B][T]}; equal to logProbs if the run has no reference
 * @param values V_old {@code [B][T]}
 * @param rewards per token {@code [B][T]}
 * @param advantages A, whitened if asked for {@code [B][T]}
 * @param returns R, the value function's target {@code [B][T]}
 */
record Experience(
    List<Sample> samples,
    float[][] logProbs,
    float[][] referenceLogProbs,
    float[][] values,
    float[][] rewards,
    float[][] advantages,
    float[][] returns) {

  /**
   * Makes an update's experience.
   *
   * @param samples the answers
   * @param evaluation their log-probabilities and values at the beginning of the update
   * @param beta the KL coefficient in force
   * @param config the settings
   */
  static Experience of(List<Sample> samples, Evaluation evaluation, double beta, PpoConfig config) {
    // 1 log-probabilities and values under the weights as they are
    float[][] logProbs = evaluation.logProbs();
    float[][] values = evaluation.values();
    float[][] reference = evaluation.referenceLogProbs();
    boolean[][] mask = PerToken.mask(logProbs);
    // 2 rewards: the KL at every token, the score at the last
    KlEstimator estimator = config.kl().estimator();
    boolean inReward = config.kl().place() == PpoConfig.KlPenalty.Place.REWARD;
    float[][] kl = Kl.perToken(estimator, logProbs, reference, mask);
    float[][] rewards = KlRewards.penalty(kl, mask, inReward ? beta : 0);
    boolean[] ended = new boolean[samples.size()];
    Arrays.fill(ended, true); // penalties are in the rewards already
    float[] scores = RewardShaping.of(PpoRecipe.settings(config)).rewards(samples);
    TerminalReward.PLAIN.addTo(rewards, mask, scores, ended);
    if (config.reward().whiten()) {
      rewards = MaskedStatistics.whitenKeepingMean(rewards, mask);
    }
    // 3 advantages
    Gae.Estimate estimate =
        new Gae(config.ppo().gamma(), config.ppo().lambda()).estimate(rewards, values, mask);
    float[][] advantages =
        config.ppo().whitenAdvantages()
            ? MaskedStatistics.whiten(estimate.advantages(), mask)
            : estimate.advantages();
    return new Experience(
        samples, logProbs, reference, values, rewards, advantages, estimate.returns());
  }

  /** Returns a mask of {@code [B][T]}: true throughout. */
  boolean[][] mask() {
    return PerToken.mask(logProbs);
  }

  /** Tells how well values foresaw the returns. */
  void tell(AnswerReport report) {
    report.put(
        CriticMetrics.EXPLAINED_VARIANCE,
        MaskedStatistics.explainedVariance(values, returns, mask()));
    report.put(CriticMetrics.VALUES, MaskedStatistics.mean(values, mask()));
    report.put(CriticMetrics.RETURNS, MaskedStatistics.mean(returns, mask()));
  }
}
