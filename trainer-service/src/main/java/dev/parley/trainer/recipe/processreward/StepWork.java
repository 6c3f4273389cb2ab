package dev.parley.trainer.recipe.processreward;

import ai.djl.ndarray.NDManager;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.experience.LearningData.LabelledSteps;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import dev.parley.trainer.recipe.loss.LossTerm;
import dev.parley.trainer.recipe.loss.Metrics;
import java.util.List;

/**
 * Solutions of one optimizer step, to be learnt from.
 *
 * @param learner learns
 * @param solutions all of the step
 * @param steps labelled steps of all solutions
 */
record StepWork(Learner learner, List<LabelledSteps> solutions, long steps)
    implements Work<Metrics> {

  /** Prepares a step. */
  static StepWork of(Learner learner, List<LabelledSteps> solutions) {
    long steps = solutions.stream().mapToLong(solution -> solution.ends().length).sum();
    return new StepWork(learner, solutions, steps);
  }

  @Override
  public int[] lengths() {
    return lengths(solutions);
  }

  /** Returns the number of tokens of each solution. */
  static int[] lengths(List<LabelledSteps> solutions) {
    return solutions.stream().mapToInt(solution -> solution.tokens().length).toArray();
  }

  /** Returns the tokens of all solutions. */
  static TokenBatch tokens(List<LabelledSteps> solutions) {
    return TokenBatch.of(solutions.stream().map(LabelledSteps::tokens).toList());
  }

  /** Returns where labelled steps end among all tokens. */
  static int[] positions(List<LabelledSteps> solutions, TokenBatch tokens) {
    int[] positions = new int[solutions.stream().mapToInt(one -> one.ends().length).sum()];
    int next = 0;
    for (int row = 0; row < solutions.size(); row++) {
      for (int end : solutions.get(row).ends()) {
        positions[next++] = tokens.starts()[row] + end;
      }
    }
    return positions;
  }

  private static float[] labels(List<LabelledSteps> solutions) {
    float[] labels = new float[solutions.stream().mapToInt(one -> one.ends().length).sum()];
    int next = 0;
    for (LabelledSteps solution : solutions) {
      for (double label : solution.labels()) {
        labels[next++] = (float) label;
      }
    }
    return labels;
  }

  @Override
  public Metrics run(List<Integer> rows, int worker) {
    List<LabelledSteps> chosen = rows.stream().map(solutions::get).toList();
    TokenBatch tokens = tokens(chosen);
    try (ForwardPass pass = learner.forward(tokens, positions(chosen, tokens), new float[0])) {
      NDManager scope = pass.scope();
      LossTerm term = StepLoss.of(pass.scalars(), scope.create(labels(chosen)), steps);
      learner.backward(worker, pass, term.loss());
      return term.metrics();
    }
  }
}
