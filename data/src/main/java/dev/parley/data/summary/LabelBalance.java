package dev.parley.data.summary;

/**
 * How labels of single answers and of steps lie: where nearly all are of one kind, saying that kind
 * always is right nearly always.
 *
 * @param good answers that were found good
 * @param bad answers that were found bad
 * @param rightSteps steps labelled above ½
 * @param wrongSteps steps labelled below ½
 * @param neutralSteps steps labelled ½
 * @param unlabelledSteps steps of which nothing is said
 */
public record LabelBalance(
    long good,
    long bad,
    long rightSteps,
    long wrongSteps,
    long neutralSteps,
    long unlabelledSteps) {

  /** Answers with a verdict. */
  public long verdicts() {
    return good + bad;
  }

  /** All steps. */
  public long steps() {
    return rightSteps + wrongSteps + neutralSteps + unlabelledSteps;
  }
}
