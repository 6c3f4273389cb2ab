package dev.parley.bench.own;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The most memory that this process has had at a time. */
final class PeakMemory {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String LINE = "VmHWM:";
  private static final long KIBI = 1024;

  private PeakMemory() {}

  /** Returns it in bytes, or 0 where the system does not say. */
  static long ofThisProcess() {
    if (!Files.exists(STATUS)) {
      return 0;
    }
    try {
      return of(Files.readAllLines(STATUS));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + STATUS, e);
    }
  }

  /** Reads it from the lines of Linux's {@code /proc/PID/status}, of which one says it in kB. */
  static long of(List<String> status) {
    return status.stream()
        .filter(line -> line.startsWith(LINE))
        .mapToLong(line -> KIBI * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
