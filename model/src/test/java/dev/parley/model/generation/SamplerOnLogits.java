package dev.parley.model.generation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.List;

/** The generator's sampler on one row of given logits. */
public final class SamplerOnLogits {

  private SamplerOnLogits() {}

  /**
   * A token that was drawn.
   *
   * @param id the token
   * @param samplingLogProb its log-probability under the distribution drawn from
   * @param modelLogProb its log-probability under the logits as they were
   */
  public record Token(int id, double samplingLogProb, double modelLogProb) {}

  /**
   * Returns the logits that a token is drawn from.
   *
   * @param logits {@code [V]}
   * @param options how to draw
   */
  public static float[] filtered(float[] logits, SamplingOptions options) {
    try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
      NDArray row = scope.create(logits, new Shape(1, logits.length));
      return Sampler.filtered(scope, row, List.of(new Sampler.Row(options, 0, false)))
          .toFloatArray();
    }
  }

  /**
   * Draws one token for each number.
   *
   * @param logits {@code [V]}
   * @param options how to draw
   * @param uniforms numbers in [0, 1)
   */
  public static List<Token> draw(float[] logits, SamplingOptions options, double[] uniforms) {
    try (NDManager scope = NDManager.newBaseManager("PyTorch")) {
      NDArray rows =
          scope
              .create(logits, new Shape(1, logits.length))
              .repeat(new Shape(uniforms.length, logits.length));
      Sampler.Drawn drawn =
          Sampler.draw(
              scope,
              rows,
              Arrays.stream(uniforms).mapToObj(u -> new Sampler.Row(options, u, false)).toList());
      Token[] tokens = new Token[uniforms.length];
      Arrays.setAll(
          tokens,
          i ->
              new Token(
                  (int) drawn.tokens()[i], drawn.samplingLogProbs()[i], drawn.modelLogProbs()[i]));
      return List.of(tokens);
    }
  }
}
