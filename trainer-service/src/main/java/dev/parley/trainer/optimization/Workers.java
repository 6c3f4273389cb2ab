package dev.parley.trainer.optimization;

import dev.parley.model.torchscript.Autograd;
import dev.parley.model.torchscript.NativeThreads;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;

/**
 * Java threads that run whole passes side by side, each with a share of libtorch's threads.
 *
 * <p>Two workers of one libtorch thread each are faster than one worker whose operations are spread
 * over two: inside an operation, threads wait for each other at its end, and element-wise
 * operations of few rows are not spread at all ({@code
 * docs/decisions/0010-workers-side-by-side.md}).
 */
final class Workers implements AutoCloseable {

  private final List<ExecutorService> threads = new ArrayList<>();

  /**
   * Starts the threads.
   *
   * @param count how many
   * @param nativeThreads libtorch's threads of them all together
   */
  Workers(int count, int nativeThreads) {
    int before = NativeThreads.get();
    for (int worker = 0; worker < count; worker++) {
      int number = worker;
      threads.add(
          Executors.newSingleThreadExecutor(
              task -> {
                Thread thread = new Thread(task, "learn-" + number);
                thread.setDaemon(true);
                return thread;
              }));
    }
    int share = Math.max(1, nativeThreads / count);
    each(
        worker -> {
          NativeThreads.set(share);
          return Autograd.on(); // for good: losses are written over passes here
        });
    // Setting the number also changes what threads that start later have.
    NativeThreads.set(before);
  }

  /** Returns how many there are. */
  int count() {
    return threads.size();
  }

  /**
   * Has each worker do something, and waits until all have.
   *
   * @param task gets the worker's number, from 0
   * @return what each returned, in their order
   * @throws RuntimeException what the first in this order threw that failed; all have ended
   */
  <R> List<R> each(IntFunction<R> task) {
    List<Future<R>> running = new ArrayList<>();
    for (int worker = 0; worker < threads.size(); worker++) {
      int number = worker;
      running.add(threads.get(worker).submit(() -> task.apply(number)));
    }
    List<R> results = new ArrayList<>();
    Throwable failure = null;
    for (Future<R> one : running) {
      try {
        results.add(await(one));
      } catch (ExecutionException e) {
        if (failure == null) {
          failure = e.getCause();
        } else {
          failure.addSuppressed(e.getCause());
        }
      }
    }
    if (failure instanceof RuntimeException e) {
      throw e;
    }
    if (failure instanceof Error e) {
      throw e;
    }
    return results;
  }

  /**
   * An interrupt does not end the wait: the workers compute in memory that the caller would free.
   */
  private static <R> R await(Future<R> running) throws ExecutionException {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return running.get();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    threads.forEach(ExecutorService::shutdown);
  }
}
