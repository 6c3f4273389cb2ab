package dev.parley.model.generation;

/** Why a sequence ended. */
public enum FinishReason {
  /** A stop token was drawn; it is the sequence's last token. */
  STOP_TOKEN,
  /** A stop string appeared in the text. */
  STOP_STRING,
  /** The limit of new tokens, or the model's longest sequence, was reached. */
  LENGTH,
  /** The caller took it back. */
  ABORTED
}
