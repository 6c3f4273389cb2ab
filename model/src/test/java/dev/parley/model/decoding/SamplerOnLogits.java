package dev.parley.model.decoding;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.torchscript.Libtorch;
import java.util.List;

/** The sampler of the engine "torch" on one row of given logits. */
public final class SamplerOnLogits {

  private SamplerOnLogits() {}

  /**
   * Returns the logits that a token is drawn from.
   *
   * @param logits {@code [V]}
   * @param draw how to draw
   */
  public static float[] filtered(float[] logits, Draw draw) {
    try (NDManager scope = Libtorch.manager(Device.cpu())) {
      NDArray row = scope.create(logits, new Shape(1, logits.length));
      return TorchSampler.filtered(scope, row, List.of(draw)).toFloatArray();
    }
  }

  /**
   * Draws one token for each wish.
   *
   * @param logits {@code [V]}
   * @param draws how to draw
   */
  public static List<Drawn> draw(float[] logits, List<Draw> draws) {
    try (NDManager scope = Libtorch.manager(Device.cpu())) {
      NDArray rows =
          scope
              .create(logits, new Shape(1, logits.length))
              .repeat(new Shape(draws.size(), logits.length));
      return TorchSampler.draw(scope, rows, draws);
    }
  }
}
