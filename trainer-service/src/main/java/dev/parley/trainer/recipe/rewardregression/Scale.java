package dev.parley.trainer.recipe.rewardregression;

import dev.parley.trainer.scores.RewardModelFile;

/**
 * How the scores of an attribute become targets.
 *
 * @param mean what is subtracted
 * @param deviation what is divided by, more than 0
 */
record Scale(double mean, double deviation) {

  /** Scores as they are. */
  static final Scale PLAIN = new Scale(0, 1);

  /**
   * The scale on which scores have mean 0 and deviation 1.
   *
   * @param attribute for the message
   * @param scores to learn from, at least one
   * @throws IllegalArgumentException if all scores are the same
   */
  static Scale standard(String attribute, double[] scores) {
    double mean = RewardModelFile.mean(scores);
    double deviation = scores.length < 2 ? 0 : RewardModelFile.deviation(scores);
    if (!(deviation > 0)) {
      throw new IllegalArgumentException(
          "all %d \"%s\" scores to learn from are %s, from which no order can be learnt; expected scores that differ"
              .formatted(scores.length, attribute, mean));
    }
    return new Scale(mean, deviation);
  }

  double target(double score) {
    return (score - mean) / deviation;
  }
}
