package dev.parley.trainer.recipe.ppo;

import dev.parley.trainer.answers.AnswerReport;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.rl.ImportanceCorrection;
import dev.parley.trainer.rl.MaskedStatistics;
import java.util.Map;

/** Collects the numbers of one update under their common names. */
final class PpoReport {

  private final AnswerReport answers;

  PpoReport(Experience experience, PpoConfig config, double beta) {
    answers =
        new AnswerReport(
            experience.samples(),
            experience.logProbs(),
            experience.computedLogProbs(),
            experience.referenceLogProbs(),
            beta,
            config.kl().place() == PpoConfig.KlPenalty.Place.REWARD);
    answers.put(RatioMetrics.STOPPED_EARLY, 0);
    PpoRecipe.shaping(config).tell(experience.samples(), answers);
    answers.put(PpoMetrics.OPTIMIZER_STEPS, 0);
    boolean[][] mask = experience.mask();
    answers.put(
        PpoMetrics.EXPLAINED_VARIANCE,
        MaskedStatistics.explainedVariance(experience.values(), experience.returns(), mask));
    answers.put(PpoMetrics.VALUES, MaskedStatistics.mean(experience.values(), mask));
    answers.put(PpoMetrics.RETURNS, MaskedStatistics.mean(experience.returns(), mask));
  }

  void importance(ImportanceCorrection.Weights weights) {
    answers.importance(weights);
  }

  void step(PpoStep.Outcome outcome) {
    answers.step(outcome.metrics(), outcome.policy());
    answers.add(PpoMetrics.VALUE_GRADIENT_NORM, outcome.value().gradientNorm());
    answers.put(PpoMetrics.VALUE_LEARNING_RATE, outcome.value().learningRate());
    answers.put(PpoMetrics.OPTIMIZER_STEPS, answers.steps());
  }

  void stoppedEarly() {
    answers.put(RatioMetrics.STOPPED_EARLY, 1);
  }

  /** Returns the approximate KL of the newest step to the policy that sampled. */
  double lastApproximateKl() {
    return answers.lastApproximateKl();
  }

  /** Returns the mean KL to the reference, nats per answer. */
  double klPerAnswer() {
    return answers.klPerAnswer();
  }

  /** Returns everything; what was measured at each step as the mean over the steps. */
  Map<String, Double> metrics() {
    return answers.metrics();
  }
}
