package dev.parley.policy.prompt;

import dev.parley.proto.prompt.v1.Prompt;
import java.util.Optional;

/** Makes tokens of what is asked. */
public final class PromptEncoder {

  /** Reads the prompt of an event. */
  public EncodedPrompt encode(Prompt prompt) {
    int[] tokens = prompt.getTokens().getTokenIdsList().stream().mapToInt(i -> i).toArray();
    return new EncodedPrompt(tokens, "", Optional.empty());
  }
}
