package dev.parley.model.weights;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** Work on files or parts of files, several at a time, on a core each. */
final class SideBySide {

  /** Each holds some megabytes of what it works on, and a disk is busy with fewer. */
  private static final int MOST_THREADS = 8;

  private SideBySide() {}

  /**
   * Does something with each of several things. None of it runs any longer when this returns, or
   * throws what the work with one of them has thrown.
   */
  static <T> void forEach(List<T> things, Consumer<T> work) {
    int cores = Math.min(MOST_THREADS, Runtime.getRuntime().availableProcessors());
    int threads = Math.max(1, Math.min(things.size(), cores));
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      CompletableFuture.allOf(
              things.stream()
                  .map(thing -> CompletableFuture.runAsync(() -> work.accept(thing), executor))
                  .toArray(CompletableFuture[]::new))
          .join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error failure) {
        throw failure;
      }
      throw e;
    } finally {
      executor.shutdown();
    }
  }
}
