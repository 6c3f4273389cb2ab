package dev.parley.judge.chat;

import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * A question to a model.
 *
 * @param messages the conversation that it is to continue
 * @param temperature of its sampling; empty leaves it to the endpoint
 * @param maxTokens most tokens of the answer; empty leaves it to the endpoint
 * @param seed of its sampling, where the endpoint takes one
 * @param topLogProbs how many likely tokens are named at each place; 0 asks for none
 */
public record ChatRequest(
    List<Message> messages,
    OptionalDouble temperature,
    OptionalInt maxTokens,
    OptionalLong seed,
    int topLogProbs) {

  /** Copies the messages. */
  public ChatRequest {
    messages = List.copyOf(messages);
    if (messages.isEmpty()) {
      throw new IllegalArgumentException("the question has no messages; expected at least one");
    }
  }

  /** The same question, with other messages. */
  public ChatRequest with(List<Message> others) {
    return new ChatRequest(others, temperature, maxTokens, seed, topLogProbs);
  }
}
