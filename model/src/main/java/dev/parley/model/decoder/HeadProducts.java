package dev.parley.model.decoder;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which of the two libraries in libtorch multiplies with the language head in single precision.
 *
 * <p>libtorch asks MKL, which on AMD's processors leaves half of the registers of AVX-512 unused:
 * oneDNN makes a head's products in a fifth to a third less time ({@code
 * docs/decisions/0048-heads-products.md}).
 */
final class HeadProducts {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  private HeadProducts() {}

  /** Returns the resource with {@code product} and {@code product_back}. */
  static String resource() {
    return registersLeftUnused() ? "head-onednn.torchscript" : "head-mkl.torchscript";
  }

  private static boolean registersLeftUnused() {
    if (!Files.exists(CPU_INFO)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      List<String> first = lines.takeWhile(line -> !line.isEmpty()).toList();
      return says(first, "vendor_id", "AuthenticAMD") && says(first, "flags", "avx512f");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPU_INFO, e);
    }
  }

  private static boolean says(List<String> lines, String key, String word) {
    return lines.stream()
        .filter(line -> line.startsWith(key))
        .anyMatch(line -> List.of(line.split("[\\s:]+")).contains(word));
  }
}
