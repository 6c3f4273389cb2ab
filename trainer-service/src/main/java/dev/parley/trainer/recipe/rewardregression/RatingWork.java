package dev.parley.trainer.recipe.rewardregression;

import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.experience.LearningData.Rated;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import java.util.List;

/**
 * Rated answers of one optimizer step, to be learnt from.
 *
 * @param learner learns
 * @param answers all of the step
 * @param scale makes targets of scores
 */
record RatingWork(Learner learner, List<Rated> answers, Scale scale) implements Work<Metrics> {

  @Override
  public int[] lengths() {
    return lengths(answers);
  }

  /** Returns the number of tokens of each answer. */
  static int[] lengths(List<Rated> answers) {
    return answers.stream().mapToInt(answer -> answer.tokens().length).toArray();
  }

  @Override
  public Metrics run(List<Integer> rows, int worker) {
    List<Rated> chosen = rows.stream().map(answers::get).toList();
    TokenBatch tokens = TokenBatch.of(chosen.stream().map(Rated::tokens).toList());
    float[] targets = new float[chosen.size()];
    for (int i = 0; i < targets.length; i++) {
      targets[i] = (float) scale.target(chosen.get(i).score());
    }
    try (ForwardPass pass = learner.forward(tokens, tokens.lastPositions(), new float[0])) {
      LossTerm term =
          RegressionLoss.of(pass.scalars(), pass.scope().create(targets), answers.size());
      learner.backward(worker, pass, term.loss());
      return term.metrics();
    }
  }
}
