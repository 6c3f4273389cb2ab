package dev.parley.trainer.scores;

import dev.parley.trainer.offline.Objective.Evaluation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a model gives answers that it has not learnt from, and what people gave them.
 *
 * @param attribute the score that is predicted
 * @param mean of the scores, of which targets were made
 * @param deviation of the scores
 * @param predicted r of each answer {@code [n]}
 * @param targets y of each answer {@code [n]}
 */
public record HeldOutRatings(
    String attribute, double mean, double deviation, double[] predicted, double[] targets)
    implements Evaluation {
  /** Mean squared error of the held-out answers, in the units that are learnt. */
  public static final String LOSS = "eval_loss";

  /** Share of the variance of the held-out scores that the model explains. */
  public static final String R2 = "eval_r2";

  /** Rank correlation of the held-out scores with the model's (Spearman 1904). */
  public static final String CORRELATION = "eval_rank_correlation";

  /** Returns the mean squared error. */
  public double loss() {
    return squares() / targets.length;
  }

  private double squares() {
    double sum = 0;
    for (int i = 0; i < targets.length; i++) {
      sum += (predicted[i] - targets[i]) * (predicted[i] - targets[i]);
    }
    return sum;
  }

  /** Returns 1 − squared errors / squared distances from the mean; 0 if all targets are alike. */
  public double explained() {
    double mean = RewardModelFile.mean(targets);
    double total = Arrays.stream(targets).map(y -> (y - mean) * (y - mean)).sum();
    return total == 0 ? 0 : 1 - squares() / total;
  }

  /** Returns the correlation of the ranks, equal numbers sharing theirs; 0 if all are alike. */
  public double rankCorrelation() {
    return correlation(Ranks.of(predicted), Ranks.of(targets));
  }

  private static double correlation(double[] a, double[] b) {
    double meanA = RewardModelFile.mean(a);
    double meanB = RewardModelFile.mean(b);
    double both = 0;
    double squaresA = 0;
    double squaresB = 0;
    for (int i = 0; i < a.length; i++) {
      both += (a[i] - meanA) * (b[i] - meanB);
      squaresA += (a[i] - meanA) * (a[i] - meanA);
      squaresB += (b[i] - meanB) * (b[i] - meanB);
    }
    return squaresA == 0 || squaresB == 0 ? 0 : both / Math.sqrt(squaresA * squaresB);
  }

  @Override
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(LOSS, loss());
    metrics.put(R2, explained());
    metrics.put(CORRELATION, rankCorrelation());
    return metrics;
  }

  @Override
  public void write(Path model, boolean heldOut) {
    Map<String, Object> figures = RewardModelFile.of(predicted);
    figures.put("attribute", attribute);
    figures.put("target_mean", mean);
    figures.put("target_std", deviation);
    figures.put("ratings", targets.length);
    figures.put("held_out", heldOut);
    figures.put("held_out_loss", loss());
    figures.put("held_out_r2", explained());
    figures.put("held_out_rank_correlation", rankCorrelation());
    RewardModelFile.write(model, figures);
  }
}
