package dev.parley.policy.openai;

import dev.parley.proto.policy.v1.GenerateRequest;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request that can be understood, in the contract's form.
 *
 * @param endpoint how it was asked
 * @param prompts what is to be answered, each as gRPC would ask it; at least one
 * @param kept how many answers to each prompt are returned: all that are drawn, or the best of them
 * @param logProbs whether log-probabilities are wanted, and if so of how many of the most likely
 *     tokens besides the one that is there
 * @param echo whether the prompt stands before the answer
 * @param generates false if only the prompt's log-probabilities are wanted
 * @param stream whether answers are sent as they grow
 * @param includeUsage whether a stream ends with the count of its tokens
 */
public record ApiRequest(
    Endpoint endpoint,
    List<GenerateRequest> prompts,
    int kept,
    OptionalInt logProbs,
    boolean echo,
    boolean generates,
    boolean stream,
    boolean includeUsage) {

  /** Copies the list. */
  public ApiRequest {
    prompts = List.copyOf(prompts);
  }

  /** Returns the number of answers to each prompt that are drawn. */
  int samples() {
    return prompts.get(0).getN();
  }

  /** Returns whether some of the answers are chosen among those that are drawn. */
  boolean chooses() {
    return kept < samples();
  }

  /** Returns whether log-probabilities are wanted that drawing gives no record of. */
  boolean needsScores() {
    return logProbs.isPresent() && (echo || logProbs.getAsInt() > 0);
  }
}
