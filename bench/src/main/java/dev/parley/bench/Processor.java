package dev.parley.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Stream;

/** What the machine's cores can do. */
final class Processor {

  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Linux's names of the instructions that multiply in bfloat16. */
  private static final Set<String> BFLOAT16 = Set.of("avx512_bf16", "amx_bf16");

  private Processor() {}

  /**
   * Returns whether products in bfloat16 are instructions of the cores, rather than emulated; false
   * where the system does not say.
   */
  static boolean computesInBfloat16() {
    if (!Files.exists(CPU_INFO)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return lines
          .filter(line -> line.startsWith("flags"))
          .flatMap(line -> Arrays.stream(line.split("\\s+")))
          .anyMatch(BFLOAT16::contains);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + CPU_INFO, e);
    }
  }
}
