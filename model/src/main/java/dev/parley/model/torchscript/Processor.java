package dev.parley.model.torchscript;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What Linux says of the machine's cores; nothing where the system does not say. */
public final class Processor {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Linux's names of the instructions that multiply in bfloat16. */
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16");

  private Processor() {}

  /** Returns whether products in bfloat16 are instructions of the cores, rather than emulated. */
  public static boolean computesInBfloat16() {
    return said("flags").stream().anyMatch(BFLOAT16::contains);
  }

  /** Returns whether the cores are AMD's and have AVX-512. */
  public static boolean isAmdWithAvx512() {
    return said("vendor_id").contains("AuthenticAMD") && said("flags").contains("avx512f");
  }

  /** Returns the words behind a key, of the first core. */
  private static List<String> said(String key) {
    if (!Files.exists(CPU_INFO)) {
      return List.of();
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith(key))
          .findFirst()
          .map(line -> Arrays.asList(line.split("[\\s:]+")))
          .orElse(List.of());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPU_INFO, e);
    }
  }
}
