package dev.parley.console.page;

import dev.parley.console.comparison.Progress;
import dev.parley.console.study.StudySummary;

/**
 * A study in the list.
 *
 * @param id its number
 * @param name its name
 * @param open whether verdicts are taken
 * @param judged by whoever looks
 * @param left for whoever looks
 * @param given verdicts in all
 * @param wanted verdicts in all
 */
public record StudyRow(
    long id, String name, boolean open, long judged, long left, long given, long wanted) {

  static StudyRow of(StudySummary summary, Progress progress) {
    return new StudyRow(
        summary.study().id(),
        summary.study().name(),
        summary.study().open(),
        progress.judged(),
        progress.left(),
        summary.given(),
        summary.wanted());
  }

  /** Whether there is something to judge for whoever looks. */
  public boolean waits() {
    return open && left > 0;
  }
}
