package dev.parley.console.page;

import java.io.Serial;

/** Something that a page cannot do: what, and what to do about it. */
class Problem extends RuntimeException {

  @Serial private static final long serialVersionUID = 1L;

  private final int status;
  private final String remedy;

  /**
   * A problem.
   *
   * @param status of HTTP
   * @param message what is wrong; may have several lines
   * @param remedy what to do
   */
  Problem(int status, String message, String remedy) {
    super(message);
    this.status = status;
    this.remedy = remedy;
  }

  int status() {
    return status;
  }

  String remedy() {
    return remedy;
  }
}
