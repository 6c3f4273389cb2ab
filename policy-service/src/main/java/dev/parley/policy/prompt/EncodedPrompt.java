package dev.parley.policy.prompt;

import java.util.Optional;

/**
 * A prompt as the model reads it.
 *
 * @param tokens token ids, at least one
 * @param templateHash SHA-256 of the chat template that made them; empty if none was applied
 * @param text the prompt as plain text, for scorers; empty if there is no tokenizer to decode it
 */
public record EncodedPrompt(int[] tokens, String templateHash, Optional<String> text) {}
