package dev.parley.serving.calls;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * One caller's request on its way through queue and worker. Whoever asked may cancel {@link
 * #result} at any time; from then on nothing is done for it.
 *
 * @param <P> a part of the request
 * @param <A> the answer to a part
 */
public class Call<P, A> {

  private final List<P> parts;
  private final int size;
  private final long arrivedNanos;
  private final CompletableFuture<List<A>> result = new CompletableFuture<>();
  private final List<A> answers;
  private int missing;

  /**
   * Makes a call.
   *
   * @param parts what is asked, at least one
   * @param size what the queue counts: parts, tokens
   * @param arrivedNanos when it came in, {@link System#nanoTime}
   */
  public Call(List<P> parts, int size, long arrivedNanos) {
    this.parts = List.copyOf(parts);
    this.size = size;
    this.arrivedNanos = arrivedNanos;
    this.answers = new ArrayList<>(Collections.nCopies(parts.size(), null));
    this.missing = parts.size();
  }

  /** Returns what is asked. */
  public List<P> parts() {
    return parts;
  }

  /** Returns what the queue counts. */
  public int size() {
    return size;
  }

  /** Returns when it came in, {@link System#nanoTime}. */
  public long arrivedNanos() {
    return arrivedNanos;
  }

  /** Returns what will hold one answer per part. */
  public CompletableFuture<List<A>> result() {
    return result;
  }

  /** Returns whether nobody waits for it any more: it was cancelled, failed or answered. */
  public boolean over() {
    return result.isDone();
  }

  /** Takes one part's answer; the last one completes the result. Worker's thread only. */
  public void answer(int part, A answer) {
    answers.set(part, answer);
    missing--;
    if (missing == 0) {
      result.complete(List.copyOf(answers));
    }
  }

  /** Fails it as a whole. */
  public void fail(Throwable reason) {
    result.completeExceptionally(reason);
  }
}
