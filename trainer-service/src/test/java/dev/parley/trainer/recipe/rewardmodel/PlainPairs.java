package dev.parley.trainer.recipe.rewardmodel;

import ai.djl.ndarray.NDArray;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Counts;
import dev.parley.trainer.recipe.rewardmodel.BradleyTerryLoss.Labels;

/** Pairs of weight 1, without ties and doubts. */
public final class PlainPairs {

  private PlainPairs() {}

  /** Returns what was said about them. */
  public static Labels labels(NDArray margin) {
    return new Labels(margin, margin.zerosLike(), margin.onesLike(), margin.zerosLike());
  }

  /** Returns what a global batch of them holds. */
  public static Counts counts(long pairs) {
    return new Counts(pairs, pairs, pairs);
  }
}
