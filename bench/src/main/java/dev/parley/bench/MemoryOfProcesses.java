package dev.parley.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The most memory that all processes started by this one have at a time. Pages that several share
 * are divided among them (Linux's Pss), so nothing counts twice.
 */
final class MemoryOfProcesses {

  private static final long EVERY_MILLIS = 200;
  private static final long KIBI = 1024;
  private static final String LINE = "Pss:";

  private MemoryOfProcesses() {}

  /**
   * Watches while something is done.
   *
   * @param work starts processes and waits for them
   * @return bytes, as they were looked at five times a second
   */
  static long peak(Callable<?> work) throws InterruptedException {
    long[] peak = {0};
    Thread watch =
        new Thread(
            () -> {
              while (!Thread.currentThread().isInterrupted()) {
                peak[0] = Math.max(peak[0], now());
                try {
                  Thread.sleep(EVERY_MILLIS);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            },
            "memory-watch");
    watch.start();
    try {
      work.call();
    } catch (InterruptedException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      watch.interrupt();
      watch.join();
    }
    return peak[0];
  }

  private static long now() {
    return ProcessHandle.current()
        .descendants()
        .mapToLong(process -> proportionalBytes(process.pid()))
        .sum();
  }

  private static long proportionalBytes(long pid) {
    try {
      return proportionalBytes(Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup")));
    } catch (IOException e) {
      // A process that has just ended has no memory.
      return 0;
    }
  }

  /** Reads it from the lines of {@code smaps_rollup}, of which one says it in kB. */
  static long proportionalBytes(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(LINE))
        .mapToLong(line -> KIBI * Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElse(0);
  }
}
