package dev.parley.trainer.recipe.rewardregression;

import dev.parley.trainer.experience.LearningData.Rated;
import dev.parley.trainer.scores.RewardModelFile;
import java.util.List;

/**
 * How scores become targets.
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
   * @throws IllegalArgumentException if all scores are the same
   */
  static Scale standard(List<Rated> rows) {
    double[] scores = rows.stream().mapToDouble(Rated::score).toArray();
    double mean = RewardModelFile.mean(scores);
    double deviation = scores.length < 2 ? 0 : RewardModelFile.deviation(scores);
    if (!(deviation > 0)) {
      throw new IllegalArgumentException(
          "all "
              + scores.length
              + " scores to learn from are "
              + mean
              + ", from which no order can be learnt; expected scores that differ");
    }
    return new Scale(mean, deviation);
  }

  double target(double score) {
    return (score - mean) / deviation;
  }
}
