package dev.parley.trainer.recipe.ppo;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.loss.Aggregation;
import dev.parley.trainer.loss.KlTerm;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.policygradient.Clip;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.recipe.sft.PretrainingMix;
import dev.parley.trainer.rl.Gae;
import dev.parley.trainer.rl.Kl;
import dev.parley.trainer.rl.KlRewards;
import dev.parley.trainer.rl.MaskedStatistics;
import java.util.List;
import java.util.Optional;

/**
 * What PPO makes of answers.
 *
 * @param config the settings
 * @param mix demonstrations that are learnt from beside them
 */
record PpoMethod(PpoConfig config, Optional<PretrainingMix> mix) implements PolicyMethod {

  /** Advantages and returns of tokens, from their rewards and values. */
  @Override
  public Estimate estimate(Answers answers) {
    PpoConfig.Ppo ppo = config.ppo();
    Gae.Estimate estimate =
        new Gae(ppo.gamma(), ppo.lambda())
            .estimate(rewards(answers), answers.values(), answers.mask());
    float[][] advantages =
        ppo.whitenAdvantages()
            ? MaskedStatistics.whiten(estimate.advantages(), answers.mask())
            : estimate.advantages();
    return new Estimate(advantages, Optional.of(estimate.returns()));
  }

  /** The KL at every token, the score at the last {@code [B][T]}. */
  float[][] rewards(Answers answers) {
    float[][] kl =
        Kl.perToken(
            config.kl().estimator(),
            answers.logProbs(),
            answers.referenceLogProbs(),
            answers.mask());
    double beta = klInReward() ? answers.beta() : 0;
    float[][] rewards = KlRewards.withScores(kl, answers.mask(), beta, answers.rewards());
    return config.reward().whiten()
        ? MaskedStatistics.whitenKeepingMean(rewards, answers.mask())
        : rewards;
  }

  /** The clipped loss of the policy, and the KL to the reference if its place is there. */
  @Override
  public LossTerm loss(Packed packed) {
    NDArray weights = packed.weights(aggregation());
    long tokens = packed.counts().tokens();
    LossTerm loss =
        PpoLoss.policy(
            packed.logProbs(),
            packed.oldLogProbs(),
            packed.advantages(),
            weights,
            tokens,
            Clip.of(config.ppo()).withDual(config.ppo().dualClip()));
    if (klInReward() || packed.beta() == 0) {
      return loss;
    }
    KlTerm kl = new KlTerm(config.kl().estimator(), config.kl().straightThrough());
    return loss.plus(
        packed.beta(),
        kl.of(packed.logProbs(), packed.referenceLogProbs(), weights, tokens, PpoMetrics.KL_LOSS));
  }

  @Override
  public boolean klInReward() {
    return config.kl().place() == PpoConfig.Place.REWARD;
  }

  @Override
  public Aggregation aggregation() {
    return config.ppo().aggregation();
  }

  @Override
  public List<Work<Metrics>> beside(Learner policy, long step) {
    return mix.<Work<Metrics>>map(rows -> rows.work(policy, step, PpoMetrics.PTX_LOSS)).stream()
        .toList();
  }
}
