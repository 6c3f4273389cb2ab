package dev.parley.console.page;

import java.util.Arrays;
import java.util.Locale;

/** What a page tells after a redirect. The address carries its name and no text of anybody's. */
enum Notice {
  /** Nothing. */
  NONE(""),
  /** An undo worked. */
  UNDONE("Taken back. Judge the pair again."),
  /** An undo came too late. */
  TOO_LATE("Too late to undo: the verdict is on its way to training."),
  /** The lease had ended. */
  GIVEN_AWAY(
      "That pair had been open for too long and was given to others. Nothing was recorded; here is another one."),
  /** The study is closed. */
  CLOSED("This study takes no more verdicts. The last one was not recorded."),
  /** A pair was judged twice. */
  ALREADY_JUDGED("You had judged that pair before; your first verdict stands."),
  /** A problem without words. */
  SAY_WHAT("Say in the field “Reason” what is wrong with the pair, then report it again."),
  /** A study was made. */
  CREATED("The study is ready. Send its annotators the address of this site and the token.");

  private final String text;

  Notice(String text) {
    this.text = text;
  }

  String text() {
    return text;
  }

  String code() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The notice of a code; none for what is not one. */
  static Notice of(String code) {
    return Arrays.stream(values())
        .filter(notice -> notice.code().equals(code))
        .findFirst()
        .orElse(NONE);
  }
}
