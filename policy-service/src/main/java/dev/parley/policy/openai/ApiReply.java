package dev.parley.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.function.Supplier;

/**
 * The way back to the client. Its methods return at once: what they are given is made into JSON on
 * other threads than the engine's, in order, one after the other.
 */
public interface ApiReply {

  /** Answers with one body. */
  void answer(Supplier<JsonNode> body);

  /** Sends the next events of a stream. */
  void events(Supplier<List<? extends JsonNode>> events);

  /** Ends a stream. */
  void end();

  /** Refuses, or breaks a stream off. */
  void fail(ApiException failure);
}
