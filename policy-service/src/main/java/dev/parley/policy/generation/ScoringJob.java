package dev.parley.policy.generation;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/** A request for the log-probabilities of tokens that are there already. */
public final class ScoringJob {

  private final int[] tokens;
  private final int first;
  private final int top;
  private final CompletableFuture<TokenScores> result = new CompletableFuture<>();

  /**
   * Prepares a request.
   *
   * @param tokens T token ids
   * @param first the first token to score, from 1: nothing comes before token 0
   * @param top K, how many of the most likely tokens to name at each
   */
  public ScoringJob(int[] tokens, int first, int top) {
    if (first < 1 || first >= tokens.length) {
      throw new IllegalArgumentException(
          "first is %d, expected 1 to %d, the last token".formatted(first, tokens.length - 1));
    }
    if (top < 0) {
      throw new IllegalArgumentException("top is " + top + ", expected 0 or more");
    }
    this.tokens = tokens.clone();
    this.first = first;
    this.top = top;
  }

  /**
   * Returns the scores to come, of tokens {@code first} to {@code T − 1}. Fails as {@link
   * GenerationJob#result} does.
   */
  public CompletableFuture<TokenScores> result() {
    return result;
  }

  /** Gives the scores up. */
  public void cancel() {
    result.completeExceptionally(new CancellationException("the request was cancelled"));
  }

  int[] tokens() {
    return tokens;
  }

  int first() {
    return first;
  }

  int top() {
    return top;
  }
}
