package dev.parley.trainer.scores;

import dev.parley.data.PreferenceAgreement;
import dev.parley.data.PreferenceSource;
import dev.parley.trainer.experience.Comparison;
import dev.parley.trainer.offline.Objective.Evaluation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Scores of pairs that a reward model has not learnt from, and what they say about it.
 *
 * @param pairs at least one, no ties
 */
public record HeldOutScores(List<Scored> pairs) implements Evaluation {
  /**
   * Fraction of the held-out pairs whose chosen answer has the higher reward; a tie counts half.
   */
  public static final String ACCURACY = "eval_accuracy";

  /** Lower bound of the 95% interval of {@link #ACCURACY} (Wilson 1927). */
  public static final String ACCURACY_LOWER = "eval_accuracy_lower";

  /** Upper bound of the 95% interval of {@link #ACCURACY} (Wilson 1927). */
  public static final String ACCURACY_UPPER = "eval_accuracy_upper";

  /** Mean −log σ(r_chosen − r_rejected) of the held-out pairs. */
  public static final String LOSS = "eval_loss";

  /** With more margins than these, they are summed up in quarters. */
  private static final int GRADES = 8;

  /** Copies the list. */
  public HeldOutScores {
    pairs = List.copyOf(pairs);
  }

  /**
   * One pair.
   *
   * @param chosen score of the chosen answer
   * @param rejected score of the rejected answer
   * @param margin by how much the chosen answer was preferred
   * @param source who said so
   */
  public record Scored(float chosen, float rejected, double margin, PreferenceSource source) {

    /** Returns by how much the chosen answer scores higher. */
    public double difference() {
      return (double) chosen - rejected;
    }
  }

  /** Makes scores of pairs of which no more is known. */
  public static HeldOutScores of(float[] chosen, float[] rejected) {
    List<Scored> pairs = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      pairs.add(new Scored(chosen[i], rejected[i], 0, PreferenceSource.UNKNOWN));
    }
    return new HeldOutScores(pairs);
  }

  /**
   * Makes scores of the pairs of comparisons, but for ties.
   *
   * @param scores of the answers of each comparison
   * @param comparisons what was said about them
   */
  public static HeldOutScores of(float[][] scores, List<Comparison> comparisons) {
    List<Scored> pairs = new ArrayList<>();
    for (int i = 0; i < scores.length; i++) {
      for (Comparison.Judgement judgement : comparisons.get(i).judgements()) {
        if (!judgement.tie()) {
          pairs.add(
              new Scored(
                  scores[i][judgement.better()],
                  scores[i][judgement.worse()],
                  judgement.margin(),
                  judgement.source()));
        }
      }
    }
    return new HeldOutScores(pairs);
  }

  /** Returns the share of pairs whose chosen answer scores higher; a tie counts half. */
  public double agreement() {
    return agreement(pairs).share();
  }

  /** Returns the 95% interval of {@link #agreement}, lower bound first. */
  double[] agreementInterval() {
    return agreement(pairs).interval();
  }

  private static PreferenceAgreement agreement(List<Scored> pairs) {
    PreferenceAgreement agreement = PreferenceAgreement.NONE;
    for (Scored pair : pairs) {
      agreement = agreement.and(pair.chosen(), pair.rejected());
    }
    return agreement;
  }

  /** Returns the agreement of the pairs that have something in common, in its order. */
  private <K extends Comparable<K>> Map<K, PreferenceAgreement> agreementBy(
      Function<Scored, K> common) {
    Map<K, List<Scored>> groups = new TreeMap<>();
    pairs.forEach(
        pair -> groups.computeIfAbsent(common.apply(pair), key -> new ArrayList<>()).add(pair));
    Map<K, PreferenceAgreement> agreements = new LinkedHashMap<>();
    groups.forEach((key, group) -> agreements.put(key, agreement(group)));
    return agreements;
  }

  /** Returns the agreement by who judged. */
  Map<String, PreferenceAgreement> agreementBySource() {
    return agreementBy(pair -> pair.source().fileName());
  }

  /**
   * Returns the agreement by margin, from the least: people agree more where the better answer is
   * much better. Of more than {@value #GRADES} margins, by quarters of the pairs; a quarter stands
   * under its least margin.
   */
  Map<Double, PreferenceAgreement> agreementByMargin() {
    double[] sorted = pairs.stream().mapToDouble(Scored::margin).sorted().toArray();
    if (pairs.stream().mapToDouble(Scored::margin).distinct().count() <= GRADES) {
      return agreementBy(Scored::margin);
    }
    return agreementBy(
        pair -> {
          int quarter = 3;
          while (quarter > 0 && pair.margin() < sorted[quarter * sorted.length / 4]) {
            quarter--;
          }
          return sorted[quarter * sorted.length / 4];
        });
  }

  /** Returns −mean log σ(chosen − rejected). */
  public double loss() {
    double sum = 0;
    for (Scored pair : pairs) {
      double difference = pair.difference();
      sum += Math.log1p(Math.exp(-Math.abs(difference))) + Math.max(0, -difference);
    }
    return sum / pairs.size();
  }

  private double[] scores() {
    double[] scores = new double[2 * pairs.size()];
    for (int i = 0; i < pairs.size(); i++) {
      scores[2 * i] = pairs.get(i).chosen();
      scores[2 * i + 1] = pairs.get(i).rejected();
    }
    return scores;
  }

  /** Returns the mean of all scores. */
  public double mean() {
    return RewardModelFile.mean(scores());
  }

  /** Returns the standard deviation of all scores. */
  public double spread() {
    return RewardModelFile.deviation(scores());
  }

  @Override
  public Map<String, Double> metrics() {
    double[] interval = agreementInterval();
    Map<String, Double> metrics = new LinkedHashMap<>();
    metrics.put(ACCURACY, agreement());
    metrics.put(ACCURACY_LOWER, interval[0]);
    metrics.put(ACCURACY_UPPER, interval[1]);
    metrics.put(LOSS, loss());
    return metrics;
  }

  @Override
  public void write(Path model, boolean heldOut) {
    Map<String, Object> figures = RewardModelFile.of(scores());
    figures.put("pairs", pairs.size());
    figures.put("held_out", heldOut);
    figures.put("held_out_agreement", agreement());
    figures.put("held_out_agreement_interval_95", agreementInterval());
    figures.put("held_out_loss", loss());
    figures.put("held_out_agreement_by_source", told(agreementBySource()));
    figures.put("held_out_agreement_by_margin", told(agreementByMargin()));
    RewardModelFile.write(model, figures);
  }

  private static Map<String, Object> told(Map<?, PreferenceAgreement> agreements) {
    Map<String, Object> told = new LinkedHashMap<>();
    agreements.forEach(
        (key, agreement) -> {
          Map<String, Object> one = new LinkedHashMap<>();
          one.put("pairs", agreement.pairs());
          one.put("agreement", agreement.share());
          one.put("interval_95", agreement.interval());
          told.put(key.toString(), one);
        });
    return told;
  }
}
