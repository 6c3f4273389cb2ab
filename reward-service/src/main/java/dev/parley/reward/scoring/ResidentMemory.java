package dev.parley.reward.scoring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Memory that a process and all that it has started take, as the kernel counts it. */
final class ResidentMemory {

  private ResidentMemory() {}

  /**
   * Returns bytes that are in memory and belong to no file, all processes together. What processes
   * share after a fork is counted for each of them, so this is never less than what they take.
   */
  static long of(Process process) {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .mapToLong(one -> of(one.pid()))
        .sum();
  }

  private static long of(long pid) {
    long kibibytes = 0;
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      for (String line : (Iterable<String>) lines::iterator) {
        if (line.startsWith("RssAnon:") || line.startsWith("RssShmem:")) {
          kibibytes += Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      // It has ended meanwhile, and takes nothing any more.
      return 0;
    }
    return kibibytes << 10;
  }
}
