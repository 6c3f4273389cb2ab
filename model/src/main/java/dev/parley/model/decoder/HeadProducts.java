package dev.parley.model.decoder;

import dev.parley.model.torchscript.Processor;

/**
 * Which of the two libraries in libtorch multiplies with the language head in single precision.
 *
 * <p>libtorch asks MKL, which on AMD's processors leaves half of the registers of AVX-512 unused:
 * oneDNN makes a head's products in a fifth to a third less time ({@code
 * docs/decisions/0048-heads-products.md}).
 */
final class HeadProducts {

  private HeadProducts() {}

  /** Returns the resource with {@code product} and {@code product_back}. */
  static String resource() {
    return Processor.isAmdWithAvx512() ? "head-onednn.torchscript" : "head-mkl.torchscript";
  }
}
