package dev.parley.trainer.recipe.rewardregression;

import dev.parley.trainer.recipe.rewardmodel.RewardModelFile;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Evaluation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a model gives answers that it has not learnt from, and what people gave them.
 *
 * @param attribute the score that is predicted
 * @param scale made targets of scores
 * @param predicted r of each answer {@code [n]}
 * @param targets y of each answer {@code [n]}
 */
record HeldOutRatings(String attribute, Scale scale, double[] predicted, double[] targets)
    implements Evaluation {

  /** Returns the mean squared error. */
  double loss() {
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
  double explained() {
    double mean = RewardModelFile.mean(targets);
    double total = Arrays.stream(targets).map(y -> (y - mean) * (y - mean)).sum();
    return total == 0 ? 0 : 1 - squares() / total;
  }

  /** Returns the correlation of the ranks, equal numbers sharing theirs; 0 if all are alike. */
  double rankCorrelation() {
    return correlation(ranks(predicted), ranks(targets));
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

  private static double[] ranks(double[] values) {
    int[] order =
        IntStream.range(0, values.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> values[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] ranks = new double[values.length];
    for (int i = 0; i < order.length; ) {
      int end = i;
      while (end < order.length && values[order[end]] == values[order[i]]) {
        end++;
      }
      for (int j = i; j < end; j++) {
        ranks[order[j]] = (i + 1 + end) / 2.0;
      }
      i = end;
    }
    return ranks;
  }

  @Override
  public Map<String, Double> metrics() {
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(RewardRegressionMetrics.HELD_OUT_LOSS, loss());
    metrics.put(RewardRegressionMetrics.HELD_OUT_R2, explained());
    metrics.put(RewardRegressionMetrics.HELD_OUT_CORRELATION, rankCorrelation());
    return metrics;
  }

  @Override
  public void write(Path model, boolean heldOut) {
    Map<String, Object> figures = RewardModelFile.of(predicted);
    figures.put("attribute", attribute);
    figures.put("target_mean", scale.mean());
    figures.put("target_std", scale.deviation());
    figures.put("ratings", targets.length);
    figures.put("held_out", heldOut);
    figures.put("held_out_loss", loss());
    figures.put("held_out_r2", explained());
    figures.put("held_out_rank_correlation", rankCorrelation());
    RewardModelFile.write(model, figures);
  }
}
