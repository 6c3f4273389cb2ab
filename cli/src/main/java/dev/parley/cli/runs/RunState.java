package dev.parley.cli.runs;

import java.util.Locale;

/** What a run is doing. */
enum RunState {
  /** Its trainer waits for a place, an image or a volume. */
  PENDING,
  /** Its trainer is there. */
  RUNNING,
  /** It was told to stop, and its trainer writes a checkpoint. */
  STOPPING,
  /** It was stopped, and can be resumed. */
  STOPPED,
  /** All updates are made. */
  COMPLETE,
  /** Its trainer failed too often, or its settings were refused. */
  FAILED,
  /** It has no trainer: somebody deleted it, or the submission was cut off. */
  INCOMPLETE;

  /** Whether nothing more comes of it by itself. */
  boolean isOver() {
    return this == COMPLETE || this == FAILED || this == STOPPED || this == INCOMPLETE;
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
