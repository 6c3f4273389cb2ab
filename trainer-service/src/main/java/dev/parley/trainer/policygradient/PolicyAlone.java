package dev.parley.trainer.policygradient;

import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.Minibatch;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.optimization.Learner;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * An agent without a value function.
 *
 * @param policy the policy
 */
record PolicyAlone(Learner policy) implements Agent, Agent.Steps {

  @Override
  public Optional<Learner> values() {
    return Optional.empty();
  }

  @Override
  public boolean policyLearns(long update) {
    return true;
  }

  @Override
  public Steps begin(
      long update,
      PolicyMethod.Answers answers,
      PolicyMethod.Estimate estimate,
      AnswerReport report) {
    return this;
  }

  @Override
  public List<Learner> learning() {
    return List.of(policy);
  }

  @Override
  public Metrics backward(
      Minibatch.Part part,
      int worker,
      float[] weights,
      Function<ForwardPass, LossTerm> policyLoss) {
    try (ForwardPass pass = part.policy().get()) {
      LossTerm loss = policyLoss.apply(pass);
      policy.backward(worker, pass, loss.loss());
      return loss.metrics();
    }
  }

  @Override
  public List<Learner.Step> step(Metrics figures, AnswerReport report) {
    Learner.Step step = policy.step();
    report.step(figures, Optional.of(step));
    return List.of(step);
  }
}
