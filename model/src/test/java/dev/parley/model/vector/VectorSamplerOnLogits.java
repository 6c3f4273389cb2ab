package dev.parley.model.vector;

import dev.parley.model.decoding.Draw;
import dev.parley.model.decoding.Drawn;
import java.util.List;

/** The sampler of the engine "vector" on one row of given logits. */
public final class VectorSamplerOnLogits {

  private VectorSamplerOnLogits() {}

  /**
   * Draws one token for each wish.
   *
   * @param logits {@code [V]}
   * @param draws how to draw
   */
  public static List<Drawn> draw(float[] logits, List<Draw> draws) {
    TokenSampler sampler = new TokenSampler(logits.length);
    return draws.stream().map(draw -> sampler.draw(logits, 0, draw)).toList();
  }
}
