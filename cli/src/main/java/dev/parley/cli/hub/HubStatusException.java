package dev.parley.cli.hub;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The hub answered with an error. */
final class HubStatusException extends IOException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String errorCode;
  private final transient Duration retryAfter;

  /**
   * An answer that is an error.
   *
   * @param status the HTTP status
   * @param errorCode what the hub names it in X-Error-Code: "GatedRepo", "RepoNotFound", …; empty
   *     if it does not
   * @param retryAfter how long the hub asks to wait; null if it does not
   * @param message the address and what the hub said
   */
  HubStatusException(int status, String errorCode, Duration retryAfter, String message) {
    super(message);
    this.status = status;
    this.errorCode = errorCode;
    this.retryAfter = retryAfter;
  }

  int status() {
    return status;
  }

  String errorCode() {
    return errorCode;
  }

  Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** Whether the same request may succeed later. */
  boolean isPassing() {
    return status == 408 || status == 429 || (status >= 500 && status != 501);
  }
}
