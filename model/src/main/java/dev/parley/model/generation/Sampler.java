package dev.parley.model.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.Program;
import java.util.List;

/**
 * Draws one token for each row of logits ({@code sampling.torchscript}).
 *
 * <p>A token is found by inverting the distribution function at one uniform number per row, so what
 * is drawn depends on that number and the row's logits alone, whatever else is in the batch.
 */
final class Sampler {

  private static final Program PROGRAM = Program.load(Sampler.class, "sampling.torchscript");

  private Sampler() {}

  /**
   * One row's wishes.
   *
   * @param options how to draw
   * @param uniform a number in [0, 1)
   * @param banStops whether stop tokens must not be drawn
   */
  record Row(SamplingOptions options, double uniform, boolean banStops) {}

  /**
   * What was drawn, one element per row.
   *
   * @param tokens the tokens
   * @param samplingLogProbs their log-probabilities under the distribution drawn from; 0 for greedy
   *     rows, whose token was certain
   * @param modelLogProbs their log-probabilities under the untempered model
   */
  record Drawn(long[] tokens, float[] samplingLogProbs, float[] modelLogProbs) {}

  /**
   * Draws.
   *
   * @param logits {@code [B, V]}
   * @param rows B rows
   */
  static Drawn draw(NDManager manager, NDArray logits, List<Row> rows) {
    try (NDManager scope = manager.newSubManager()) {
      Batch batch = new Batch(rows);
      List<NDArray> results =
          PROGRAM.run(
              scope,
              "sample",
              logits,
              scope.create(batch.temperatures),
              scope.create(batch.topK),
              scope.create(batch.topP),
              scope.create(batch.uniforms),
              scope.create(batch.bannedRows),
              scope.create(batch.bannedTokens),
              batch.tempered,
              batch.largestK,
              batch.nucleus,
              batch.greedy);
      return new Drawn(
          results.get(0).toLongArray(),
          results.get(1).toFloatArray(),
          results.get(2).toFloatArray());
    }
  }

  /**
   * Returns the logits that rows are drawn from: tempered, with −∞ at tokens that are left out.
   *
   * @param logits {@code [B, V]}
   * @param rows B rows
   */
  static NDArray filtered(NDManager scope, NDArray logits, List<Row> rows) {
    Batch batch = new Batch(rows);
    return PROGRAM
        .run(
            scope,
            "filter",
            logits,
            scope.create(batch.temperatures),
            scope.create(batch.topK),
            scope.create(batch.topP),
            batch.tempered,
            batch.largestK,
            batch.nucleus)
        .get(0);
  }

  /** The rows' options as arrays, and which steps of the program are needed at all. */
  private static final class Batch {

    private final float[] temperatures;
    private final long[] topK;
    private final float[] topP;
    private final double[] uniforms;
    private final long[] bannedRows;
    private final long[] bannedTokens;
    private final boolean tempered;
    private final long largestK;
    private final boolean nucleus;
    private final boolean greedy;

    Batch(List<Row> rows) {
      int size = rows.size();
      temperatures = new float[size];
      topK = new long[size];
      topP = new float[size];
      uniforms = new double[size];
      boolean anyTempered = false;
      boolean anyNucleus = false;
      boolean anyGreedy = false;
      long mostK = 0;
      int banned = 0;
      for (int i = 0; i < size; i++) {
        SamplingOptions options = rows.get(i).options();
        temperatures[i] = (float) options.temperature();
        topK[i] = options.topK();
        topP[i] = (float) options.topP();
        uniforms[i] = rows.get(i).uniform();
        anyGreedy |= options.temperature() == 0;
        anyTempered |= options.temperature() != 1;
        anyNucleus |= options.topP() < 1;
        mostK = Math.max(mostK, options.topK());
        banned += rows.get(i).banStops() ? options.stopTokens().size() : 0;
      }
      bannedRows = new long[banned];
      bannedTokens = new long[banned];
      int next = 0;
      for (int i = 0; i < size; i++) {
        if (rows.get(i).banStops()) {
          for (int token : rows.get(i).options().stopTokens()) {
            bannedRows[next] = i;
            bannedTokens[next++] = token;
          }
        }
      }
      tempered = anyTempered;
      nucleus = anyNucleus;
      greedy = anyGreedy;
      largestK = mostK;
    }
  }
}
