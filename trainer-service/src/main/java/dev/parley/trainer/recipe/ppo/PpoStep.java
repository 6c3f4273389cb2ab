package dev.parley.trainer.recipe.ppo;

import ai.djl.ndarray.NDArray;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.Minibatch;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.critic.ActorCritic;
import dev.parley.trainer.critic.ValueLoss;
import dev.parley.trainer.loss.KlTerm;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import java.util.Optional;

/**
 * PPO's loss of some answers, and the way back through both models.
 *
 * @param config the settings
 * @param models the policy and its value function
 * @param experience the update's answers
 * @param importance weight of every token, {@code [B][T]}; empty where there is nothing to correct
 * @param beta the KL coefficient in force
 * @param warmUp whether only the value function learns
 */
record PpoStep(
    PpoConfig config,
    ActorCritic models,
    Experience experience,
    Optional<float[][]> importance,
    double beta,
    boolean warmUp)
    implements Minibatch.Learning {

  /** Goes back through the critic's pass and then the policy's, each closed when it is done. */
  @Override
  public Metrics learn(Minibatch.Part part, int worker) {
    float[] weights = config.ppo().aggregation().weights(part.rows(), part.counts());
    if (models.shared()) {
      try (ForwardPass pass = part.policy().get()) {
        LossTerm value = value(pass, part, weights);
        if (warmUp) {
          models.policy().backwardHeads(worker, pass, value.loss());
          return value.metrics();
        }
        LossTerm both = policy(pass, part, weights).plus(config.value().coefficient(), value);
        models.policy().backward(worker, pass, both.loss());
        return both.metrics();
      }
    }
    Metrics metrics;
    try (ForwardPass pass = part.critic().get()) {
      LossTerm value = value(pass, part, weights);
      models.critic().backward(worker, pass, value.loss());
      metrics = value.metrics();
    }
    if (warmUp) {
      return metrics;
    }
    try (ForwardPass pass = part.policy().get()) {
      LossTerm policy = policy(pass, part, weights);
      models.policy().backward(worker, pass, policy.loss());
      return metrics.plus(policy.metrics());
    }
  }

  private LossTerm policy(ForwardPass pass, Minibatch.Part part, float[] weights) {
    long tokens = part.counts().tokens();
    NDArray corrected = pass.scope().create(corrected(part, weights));
    PpoConfig.Ppo ppo = config.ppo();
    LossTerm loss =
        PpoLoss.policy(
                pass.logProbs(),
                part.array(pass, experience.logProbs()),
                part.array(pass, experience.advantages()),
                corrected,
                tokens,
                new PpoLoss.Clip(ppo.clipLow(), ppo.clipHigh(), orNone(ppo.dualClip())))
            .term()
            .plus(ppo.entropyCoefficient(), PpoLoss.entropy(pass.entropies(), corrected, tokens));
    if (config.kl().place() == PpoConfig.KlPenalty.Place.REWARD || beta == 0) {
      return loss;
    }
    KlTerm kl = new KlTerm(config.kl().estimator(), config.kl().straightThrough());
    NDArray reference = part.array(pass, experience.referenceLogProbs());
    return loss.plus(
        beta, kl.of(pass.logProbs(), reference, corrected, tokens, PpoMetrics.KL_LOSS));
  }

  private float[] corrected(Minibatch.Part part, float[] weights) {
    if (importance.isEmpty()) {
      return weights;
    }
    float[] corrected = PerToken.flatten(importance.get(), part.answers());
    for (int i = 0; i < corrected.length; i++) {
      corrected[i] *= weights[i];
    }
    return corrected;
  }

  private LossTerm value(ForwardPass pass, Minibatch.Part part, float[] weights) {
    return ValueLoss.of(
        pass.scalars(),
        part.array(pass, experience.values()),
        part.array(pass, experience.returns()),
        pass.scope().create(weights),
        part.counts().tokens(),
        orNone(config.value().clip()));
  }

  private static double orNone(double bound) {
    return bound == 0 ? Double.POSITIVE_INFINITY : bound;
  }
}
