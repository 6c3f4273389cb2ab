package dev.parley.trainer.critic;

import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Minibatch;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.policygradient.Agent;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.rl.MaskedStatistics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * A policy and its value function, as they learn from an update's answers.
 *
 * @param models both
 * @param config the value function's settings
 */
record ActorCriticAgent(ActorCritic models, CriticConfig config) implements Agent {

  @Override
  public Learner policy() {
    return models.policy();
  }

  @Override
  public Optional<Learner> values() {
    return Optional.of(models.critic());
  }

  @Override
  public boolean policyLearns(long update) {
    return update > config.warmUpUpdates();
  }

  @Override
  public Steps begin(
      long update,
      PolicyMethod.Answers answers,
      PolicyMethod.Estimate estimate,
      AnswerReport report) {
    float[][] values = answers.values();
    float[][] returns = estimate.returns().orElseThrow();
    foresight(values, returns, answers.mask()).forEach(report::put);
    boolean last = update == config.warmUpUpdates();
    return new BothSteps(models, config, values, returns, !policyLearns(update), last);
  }

  /** Returns how well values foresaw the returns, arrays {@code [B][T]}. */
  static Map<String, Double> foresight(float[][] values, float[][] returns, boolean[][] mask) {
    return Map.of(
        CriticMetrics.EXPLAINED_VARIANCE,
        MaskedStatistics.explainedVariance(values, returns, mask),
        CriticMetrics.VALUES,
        MaskedStatistics.mean(values, mask),
        CriticMetrics.RETURNS,
        MaskedStatistics.mean(returns, mask));
  }

  /**
   * The steps of an update.
   *
   * @param values V_old {@code [B][T]}
   * @param returns R {@code [B][T]}
   * @param warmUp whether only the value function learns
   * @param last whether it does so for the last time
   */
  private record BothSteps(
      ActorCritic models,
      CriticConfig config,
      float[][] values,
      float[][] returns,
      boolean warmUp,
      boolean last)
      implements Steps {

    @Override
    public List<Learner> learning() {
      return warmUp || models.shared()
          ? List.of(models.critic())
          : List.of(models.critic(), models.policy());
    }

    /** Goes back through the critic's pass and then the policy's, each closed when it is done. */
    @Override
    public Metrics backward(
        Minibatch.Part part,
        int worker,
        float[] weights,
        Function<ForwardPass, LossTerm> policyLoss) {
      if (models.shared()) {
        try (ForwardPass pass = part.policy().get()) {
          LossTerm value = valueLoss(pass, part, weights);
          if (warmUp) {
            models.policy().backwardHeads(worker, pass, value.loss());
            return value.metrics();
          }
          LossTerm both = policyLoss.apply(pass).plus(config.coefficient(), value);
          models.policy().backward(worker, pass, both.loss());
          return both.metrics();
        }
      }
      Metrics metrics;
      try (ForwardPass pass = part.critic().get()) {
        LossTerm value = valueLoss(pass, part, weights);
        models.critic().backward(worker, pass, value.loss());
        metrics = value.metrics();
      }
      if (warmUp) {
        return metrics;
      }
      try (ForwardPass pass = part.policy().get()) {
        LossTerm policy = policyLoss.apply(pass);
        models.policy().backward(worker, pass, policy.loss());
        return metrics.plus(policy.metrics());
      }
    }

    private LossTerm valueLoss(ForwardPass pass, Minibatch.Part part, float[] weights) {
      return ValueLoss.of(
          pass.scalars(),
          part.array(pass, values),
          part.array(pass, returns),
          pass.scope().create(weights),
          part.counts().tokens(),
          config.clip() == 0 ? Double.POSITIVE_INFINITY : config.clip());
    }

    @Override
    public List<Learner.Step> step(Metrics figures, AnswerReport report) {
      Learner.Step value = models.critic().step();
      Optional<Learner.Step> policy =
          warmUp ? Optional.empty() : Optional.of(models.shared() ? value : models.policy().step());
      report.step(figures, policy);
      report.add(CriticMetrics.GRADIENT_NORM, value.gradientNorm());
      report.put(CriticMetrics.LEARNING_RATE, value.learningRate());
      return models.shared() || warmUp ? List.of(value) : List.of(value, policy.orElseThrow());
    }

    @Override
    public void end() {
      if (last && models.shared()) {
        // Moments of the frozen trunk are zeros that count as steps: begin anew.
        models.policy().reset();
      }
    }
  }
}
