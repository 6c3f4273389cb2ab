package dev.parley.model.decoding;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.Program;
import java.util.ArrayList;
import java.util.List;

/** Draws one token for each row of logits ({@code sampling.torchscript}). */
final class TorchSampler {

  private static final Program PROGRAM = Program.load(TorchSampler.class, "sampling.torchscript");

  private TorchSampler() {}

  /**
   * Draws.
   *
   * @param logits {@code [B, V]}
   * @param draws B of them
   */
  static List<Drawn> draw(NDManager manager, NDArray logits, List<Draw> draws) {
    try (NDManager scope = manager.newSubManager()) {
      Batch batch = new Batch(draws);
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
      long[] tokens = results.get(0).toLongArray();
      float[] samplingLogProbs = results.get(1).toFloatArray();
      float[] modelLogProbs = results.get(2).toFloatArray();
      List<Drawn> drawn = new ArrayList<>();
      for (int i = 0; i < tokens.length; i++) {
        drawn.add(new Drawn((int) tokens[i], samplingLogProbs[i], modelLogProbs[i]));
      }
      return drawn;
    }
  }

  /**
   * Returns the logits that rows are drawn from: tempered, with −∞ at tokens that are left out.
   *
   * @param logits {@code [B, V]}
   * @param draws B of them
   */
  static NDArray filtered(NDManager scope, NDArray logits, List<Draw> draws) {
    Batch batch = new Batch(draws);
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

  /** The rows' wishes as arrays, and which steps of the program are needed at all. */
  private static final class Batch {

    private final float[] temperatures;
    private final long[] topK;
    private final float[] topP;
    private final double[] uniforms;
    private final long[] bannedRows;
    private final long[] bannedTokens;
    private final boolean tempered;
    private final boolean nucleus;
    private final boolean greedy;
    private final long largestK;

    Batch(List<Draw> draws) {
      int size = draws.size();
      temperatures = new float[size];
      topK = new long[size];
      topP = new float[size];
      uniforms = new double[size];
      int banned = draws.stream().mapToInt(draw -> draw.banned().size()).sum();
      bannedRows = new long[banned];
      bannedTokens = new long[banned];
      int next = 0;
      for (int i = 0; i < size; i++) {
        Draw draw = draws.get(i);
        temperatures[i] = (float) draw.temperature();
        topK[i] = draw.topK();
        topP[i] = (float) draw.topP();
        uniforms[i] = draw.uniform();
        for (int token : draw.banned()) {
          bannedRows[next] = i;
          bannedTokens[next++] = token;
        }
      }
      tempered = draws.stream().anyMatch(draw -> draw.temperature() != 1);
      nucleus = draws.stream().anyMatch(draw -> draw.topP() < 1);
      greedy = draws.stream().anyMatch(draw -> draw.temperature() == 0);
      largestK = draws.stream().mapToLong(Draw::topK).max().orElse(0);
    }
  }
}
