package dev.parley.trainer.recipe.rewardmodel;

import ai.djl.ndarray.NDArray;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.experience.LearningData.Pair;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import java.util.ArrayList;
import java.util.List;

/**
 * Pairs of one optimizer step, to be learnt from. Chosen and rejected answer of a pair go through
 * the model in one pass.
 *
 * @param learner learns
 * @param pairs all of the step
 * @param config the recipe's own settings
 */
record PairWork(Learner learner, List<Pair> pairs, RewardModelConfig.RewardModel config)
    implements Work<Metrics> {

  @Override
  public int[] lengths() {
    return lengths(pairs);
  }

  /** Returns the number of tokens of each pair. */
  static int[] lengths(List<Pair> pairs) {
    return pairs.stream().mapToInt(Pair::tokens).toArray();
  }

  /** Returns the chosen answers, then the rejected ones in the same order. */
  static TokenBatch tokens(List<Pair> pairs) {
    List<int[]> rows = new ArrayList<>();
    pairs.forEach(pair -> rows.add(pair.chosen()));
    pairs.forEach(pair -> rows.add(pair.rejected()));
    return TokenBatch.of(rows);
  }

  @Override
  public Metrics run(List<Integer> rows, int worker) {
    List<Pair> chosen = rows.stream().map(pairs::get).toList();
    TokenBatch tokens = tokens(chosen);
    float[] margins = new float[chosen.size()];
    for (int i = 0; i < margins.length; i++) {
      margins[i] = config.useMargin() ? (float) chosen.get(i).margin() : 0;
    }
    try (ForwardPass pass = learner.forward(tokens, tokens.lastPositions(), new float[0])) {
      NDArray scores = pass.scalars();
      LossTerm term =
          BradleyTerryLoss.of(
              scores.get("0:" + chosen.size()),
              scores.get(chosen.size() + ":"),
              pass.scope().create(margins),
              pairs.size(),
              config.centeringCoefficient());
      learner.backward(worker, pass, term.loss());
      return term.metrics();
    }
  }
}
