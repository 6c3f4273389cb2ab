package dev.parley.trainer.optimization;

import java.util.List;
import java.util.function.Consumer;

/**
 * Rows to be scored without gradients.
 *
 * @param lengths tokens of each row
 * @param score scores the rows of these indices and puts the results where they belong. Called on
 *     workers' threads; a row comes again if there was no memory for those that came with it
 */
public record Scoring(int[] lengths, Consumer<List<Integer>> score) implements Work<Void> {

  @Override
  public Void run(List<Integer> rows, int worker) {
    score.accept(rows);
    return null;
  }
}
