package dev.parley.trainer.recipe.processreward;

import dev.parley.data.PreferenceAgreement;
import dev.parley.trainer.recipe.rewardmodel.RewardModelFile;
import dev.parley.trainer.recipe.rewardmodel.RewardTraining.Evaluation;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
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
record HeldOutSteps(float[] scores, double[] labels, String separator) implements Evaluation {

  private PreferenceAgreement right() {
    PreferenceAgreement right = PreferenceAgreement.NONE;
    for (int i = 0; i < scores.length; i++) {
      right = labels[i] >= 0.5 ? right.and(scores[i], 0) : right.and(0, scores[i]);
    }
    return right;
  }

  /** Returns the share of steps on the right side of ½; a score of 0 counts half. */
  double accuracy() {
    return right().share();
  }

  /** Returns the mean cross-entropy. */
  double loss() {
    double sum = 0;
    for (int i = 0; i < scores.length; i++) {
      double softplus = Math.log1p(Math.exp(-Math.abs(scores[i]))) + Math.max(0, scores[i]);
      sum += softplus - labels[i] * scores[i];
    }
    return sum / scores.length;
  }

  /** Returns the mean label. */
  double goodShare() {
    return Arrays.stream(labels).average().orElseThrow();
  }

  /**
   * Returns the probability that a right step scores above a wrong one, a tie counting half: the
   * area under the ROC curve, from ranks (Mann and Whitney 1947). ½ if all steps are alike.
   */
  double areaUnderCurve() {
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> scores[i]))
            .mapToInt(Integer::intValue)
            .toArray();
    long good = Arrays.stream(labels).filter(label -> label >= 0.5).count();
    long bad = labels.length - good;
    if (good == 0 || bad == 0) {
      return 0.5;
    }
    double ranks = 0; // of the right steps, from 1
    for (int i = 0; i < order.length; ) {
      int end = i;
      while (end < order.length && scores[order[end]] == scores[order[i]]) {
        end++;
      }
      for (int j = i; j < end; j++) {
        ranks += labels[order[j]] >= 0.5 ? (i + 1 + end) / 2.0 : 0;
      }
      i = end;
    }
    return (ranks - good * (good + 1) / 2.0) / ((double) good * bad);
  }

  @Override
  public Map<String, Double> metrics() {
    double[] interval = right().interval();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(ProcessRewardMetrics.HELD_OUT_ACCURACY, accuracy());
    metrics.put(ProcessRewardMetrics.HELD_OUT_ACCURACY_LOWER, interval[0]);
    metrics.put(ProcessRewardMetrics.HELD_OUT_ACCURACY_UPPER, interval[1]);
    metrics.put(ProcessRewardMetrics.HELD_OUT_LOSS, loss());
    metrics.put(ProcessRewardMetrics.HELD_OUT_AUC, areaUnderCurve());
    metrics.put(ProcessRewardMetrics.HELD_OUT_GOOD_SHARE, goodShare());
    return metrics;
  }

  @Override
  public void write(Path model, boolean heldOut) {
    double[] all = IntStream.range(0, scores.length).mapToDouble(i -> scores[i]).toArray();
    Map<String, Object> figures = RewardModelFile.of(all);
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
