package dev.parley.cli.judging;

import dev.parley.cli.Failure;
import dev.parley.judge.chat.ChatException;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Work on many things at once whose results come in the things' order. */
public final class InOrder {

  /** Things per thread that are under way or done and not yet taken. */
  private static final int AHEAD = 4;

  private InOrder() {}

  /** Work on one thing. */
  @FunctionalInterface
  public interface Work<T, R> {

    /** Does it. */
    R of(T thing) throws InterruptedException;
  }

  /** Takes a result. */
  @FunctionalInterface
  public interface Sink<T, R> {

    /** Takes it, with what it is the result of. */
    void take(T thing, R result) throws IOException;
  }

  private record Under<T, R>(T thing, Future<R> result) {}

  /**
   * Works on all things.
   *
   * @param things read by this thread alone, no further ahead than is needed
   * @param threads how many are worked on at once
   * @throws Failure if the endpoint answers no question any more, or a thing lacks what is needed
   */
  public static <T, R> void run(Iterator<T> things, int threads, Work<T, R> work, Sink<T, R> sink)
      throws InterruptedException, IOException {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      Deque<Under<T, R>> under = new ArrayDeque<>();
      while (things.hasNext() || !under.isEmpty()) {
        while (things.hasNext() && under.size() < threads * AHEAD) {
          T thing = things.next();
          under.add(new Under<>(thing, pool.submit(() -> work.of(thing))));
        }
        Under<T, R> oldest = under.remove();
        sink.take(oldest.thing(), result(oldest.result()));
      }
    } finally {
      pool.shutdownNow();
      // Questions under way still write their answers to disk, which a next run finds.
      pool.awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  private static <R> R result(Future<R> future) throws InterruptedException {
    try {
      return future.get();
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof ChatException) {
        throw new Failure(
            cause.getMessage(),
            "Answers so far are kept: the same command goes on from there.",
            cause);
      }
      if (cause instanceof RuntimeException unexpected) {
        throw unexpected;
      }
      throw new IllegalStateException(cause);
    }
  }
}
