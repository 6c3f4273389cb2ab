package dev.parley.trainer.experience;

/** Why a row that could be read is not learnt from. */
public enum LeftOut {
  /** It has more tokens than the settings, or the model, take. */
  TOO_LONG("too long for max-tokens or the model"),
  /** Neither answer is better. */
  TIE("ties"),
  /** Somebody else judged it than the settings ask for. */
  OTHER_JUDGE("judged by others"),
  /** It says nothing that the settings ask for. */
  NOT_LABELLED("without a label that is asked for"),
  /** The template marks none of its tokens as the assistant's. */
  NOTHING_TO_LEARN("without a token of the assistant's");

  private final String text;

  LeftOut(String text) {
    this.text = text;
  }

  /** Returns what such rows are, after a number. */
  @Override
  public String toString() {
    return text;
  }
}
