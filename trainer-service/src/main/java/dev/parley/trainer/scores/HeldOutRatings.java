package dev.parley.trainer.scores;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * What a model gives answers that it has not learnt from by one attribute, and what people gave
 * them.
 *
 * @param attribute the score that is predicted
 * @param mean of the scores, of which targets were made
 * @param deviation of the scores
 * @param scores r of all answers, rated or not
 * @param predicted r of each rated answer {@code [n]}
 * @param targets y of each rated answer {@code [n]}
 */
public record HeldOutRatings(
    String attribute,
    double mean,
    double deviation,
    double[] scores,
    double[] predicted,
    double[] targets) {
  /** Mean squared error of the held-out answers, in the units that are learnt. */
  public static final String LOSS = "eval_loss";

  /** Share of the variance of the held-out scores that the model explains. */
  public static final String R2 = "eval_r2";

  /** Rank correlation of the held-out scores with the model's (Spearman 1904). */
  public static final String CORRELATION = "eval_rank_correlation";

  /**
   * Takes what the model gives all answers, and what people gave those that they rated.
   *
   * @param attribute the score that is predicted
   * @param mean of the scores, of which targets were made
   * @param deviation of the scores
   * @param scores r of all answers {@code [N]}
   * @param targets y of each, not a number where nobody rated it {@code [N]}
   */
  public static HeldOutRatings of(
      String attribute, double mean, double deviation, double[] scores, double[] targets) {
    int[] rated =
        IntStream.range(0, targets.length).filter(i -> !Double.isNaN(targets[i])).toArray();
    return new HeldOutRatings(
        attribute,
        mean,
        deviation,
        scores,
        Arrays.stream(rated).mapToDouble(i -> scores[i]).toArray(),
        Arrays.stream(rated).mapToDouble(i -> targets[i]).toArray());
  }

  /** Returns the number of ratings. */
  public int ratings() {
    return targets.length;
  }

  /** Returns the mean squared error. */
  public double loss() {
    return squares() / targets.length;
  }

  /** Returns the squared errors together. */
  double squares() {
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

  /** Returns what is worth knowing of the finished model. */
  Map<String, Object> figures() {
    Map<String, Object> figures = RewardModelFile.of(scores);
    figures.put("attribute", attribute);
    figures.put("target_mean", mean);
    figures.put("target_std", deviation);
    figures.put("ratings", ratings());
    if (ratings() > 0) {
      figures.put("held_out_loss", loss());
      figures.put("held_out_r2", explained());
      figures.put("held_out_rank_correlation", rankCorrelation());
    }
    return figures;
  }
}
