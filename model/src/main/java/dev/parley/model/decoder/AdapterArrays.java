package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * The arrays of low-rank adapters (LoRA) in the order of the decoder's program, or their gradients.
 *
 * @param arrays {@link #PER_LAYER} for each layer, empty ones where a projection has no adapter;
 *     none at all for a model without adapters
 * @param scale multiplies B A
 */
public record AdapterArrays(List<NDArray> arrays, double scale) {

  /** Arrays of a layer. */
  public static final int PER_LAYER = 11;

  /** No adapters. */
  public static final AdapterArrays NONE = new AdapterArrays(List.of(), 0);

  /** Copies the list. */
  public AdapterArrays {
    arrays = List.copyOf(arrays);
  }

  /** Returns whether there are any. */
  public boolean present() {
    return !arrays.isEmpty();
  }

  /** Returns the arrays of a layer; none for a model without adapters. */
  List<NDArray> layer(int layer) {
    return present() ? arrays.subList(PER_LAYER * layer, PER_LAYER * (layer + 1)) : List.of();
  }
}
