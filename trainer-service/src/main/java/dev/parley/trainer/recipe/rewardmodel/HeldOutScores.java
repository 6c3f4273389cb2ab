package dev.parley.trainer.recipe.rewardmodel;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.parley.data.PreferenceAgreement;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Scores of pairs that a reward model has not learnt from, and what they say about it.
 *
 * @param chosen scores of the chosen answers {@code [n]}
 * @param rejected scores of the rejected answers {@code [n]}
 */
record HeldOutScores(float[] chosen, float[] rejected) {

  /** The file beside the weights that holds the figures. */
  static final String FILE = "reward_model.json";

  /** Returns the share of pairs whose chosen answer scores higher; a tie counts half. */
  double agreement() {
    return compared().share();
  }

  /** Returns the 95% interval of {@link #agreement}, lower bound first. */
  double[] agreementInterval() {
    return compared().interval();
  }

  private PreferenceAgreement compared() {
    PreferenceAgreement agreement = PreferenceAgreement.NONE;
    for (int i = 0; i < chosen.length; i++) {
      agreement = agreement.and(chosen[i], rejected[i]);
    }
    return agreement;
  }

  /** Returns −mean log σ(chosen − rejected). */
  double loss() {
    double sum = 0;
    for (int i = 0; i < chosen.length; i++) {
      double difference = (double) chosen[i] - rejected[i];
      sum += Math.log1p(Math.exp(-Math.abs(difference))) + Math.max(0, -difference);
    }
    return sum / chosen.length;
  }

  /** Returns the mean of all scores. */
  double mean() {
    double sum = 0;
    for (int i = 0; i < chosen.length; i++) {
      sum += (double) chosen[i] + rejected[i];
    }
    return sum / (2.0 * chosen.length);
  }

  /** Returns the standard deviation of all scores. */
  double spread() {
    double mean = mean();
    double sum = 0;
    for (int i = 0; i < chosen.length; i++) {
      sum += Math.pow(chosen[i] - mean, 2) + Math.pow(rejected[i] - mean, 2);
    }
    return Math.sqrt(sum / (2.0 * chosen.length - 1));
  }

  /**
   * Writes the figures beside the weights, where the reward service finds mean and spread to
   * normalise with.
   *
   * @param model the model's directory
   * @param heldOut false if the pairs were learnt from, since none were held out
   */
  void write(Path model, boolean heldOut) {
    Map<String, Object> figures = new LinkedHashMap<>();
    figures.put("score_mean", mean());
    figures.put("score_std", spread());
    figures.put("pairs", chosen.length);
    figures.put("held_out", heldOut);
    figures.put("held_out_agreement", agreement());
    figures.put("held_out_agreement_interval_95", agreementInterval());
    figures.put("held_out_loss", loss());
    Path file = model.resolve(FILE);
    try {
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .writeValue(file.toFile(), figures);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }
}
