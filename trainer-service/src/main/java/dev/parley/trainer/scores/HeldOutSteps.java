package dev.parley.trainer.scores;

import dev.parley.data.PreferenceAgreement;
import dev.parley.trainer.offline.Objective.Evaluation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Scores of labelled steps that a process reward model has not learnt from.
 *
 * @param scores r of each step {@code [S]}
 * @param labels y of each step {@code [S]}
 * @param separator what stands after each step
 */
public record HeldOutSteps(float[] scores, double[] labels, String separator)
    implements Evaluation {
  /** Share of the held-out steps that are on the right side of ½. */
  public static final String ACCURACY = "eval_accuracy";

  /** Lower bound of the 95% interval of {@link #ACCURACY} (Wilson 1927). */
  public static final String ACCURACY_LOWER = "eval_accuracy_lower";

  /** Upper bound of the 95% interval of {@link #ACCURACY} (Wilson 1927). */
  public static final String ACCURACY_UPPER = "eval_accuracy_upper";

  /** Mean cross-entropy of the held-out steps. */
  public static final String LOSS = "eval_loss";

  /** Probability that a right held-out step scores above a wrong one. */
  public static final String AUC = "eval_auc";

  /** Mean label of the held-out steps. */
  public static final String GOOD_SHARE = "eval_good_share";

  private PreferenceAgreement right() {
    PreferenceAgreement right = PreferenceAgreement.NONE;
    for (int i = 0; i < scores.length; i++) {
      right = labels[i] >= 0.5 ? right.and(scores[i], 0) : right.and(0, scores[i]);
    }
    return right;
  }

  /** Returns the share of steps on the right side of ½; a score of 0 counts half. */
  public double accuracy() {
    return right().share();
  }

  /** Returns the mean cross-entropy. */
  public double loss() {
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      double softplus = Math.log1p(Math.exp(-Math.abs(scores[i]))) + Math.max(0, scores[i]);
      sum += softplus - labels[i] * scores[i];
    }
    return sum / scores.length;
  }

  /** Returns the mean label. */
  public double goodShare() {
    return Arrays.stream(labels).average().orElseThrow();
  }

  /**
   * Returns the probability that a right step scores above a wrong one, a tie counting half: the
   * area under the ROC curve, from ranks (Mann and Whitney 1947). ½ if all steps are alike.
   */
  public double areaUnderCurve() {
    long good = Arrays.stream(labels).filter(label -> label >= 0.5).count();
    long bad = labels.length - good;
    if (good == 0 || bad == 0) {
      return 0.5;
    }
    double[] ranks = Ranks.of(wide());
    double right = 0;
    for (int i = 0; i < ranks.length; i++) {
      right += labels[i] >= 0.5 ? ranks[i] : 0;
    }
    return (right - good * (good + 1) / 2.0) / ((double) good * bad);
  }

  private double[] wide() {
    return IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).toArray();
  }

  @Override
  public Map<String, Double> metrics() {
    double[] interval = right().interval();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(ACCURACY, accuracy());
    metrics.put(ACCURACY_LOWER, interval[0]);
    metrics.put(ACCURACY_UPPER, interval[1]);
    metrics.put(LOSS, loss());
    metrics.put(AUC, areaUnderCurve());
    metrics.put(GOOD_SHARE, goodShare());
    return metrics;
  }

  @Override
  public void write(Path model, boolean heldOut) {
    Map<String, Object> figures = RewardModelFile.of(wide());
    figures.put(RewardModelFile.STEP_SEPARATOR, separator);
    figures.put("steps", scores.length);
    figures.put("held_out", heldOut);
    figures.put("held_out_accuracy", accuracy());
    figures.put("held_out_accuracy_interval_95", right().interval());
    figures.put("held_out_auc", areaUnderCurve());
    figures.put("held_out_loss", loss());
    figures.put("held_out_good_share", goodShare());
    RewardModelFile.write(model, figures);
  }
}
