package dev.parley.data.summary;

import dev.parley.data.PairGrades;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Graded pairs by what they compare. A preference between two good or two bad answers teaches
 * something else than one between a good and a bad answer.
 *
 * @param goodFrom the grade from which an answer counts as good
 * @param lowest the lowest grade
 * @param highest the highest grade
 * @param goodGood pairs of two good answers
 * @param goodBad pairs whose chosen answer is good and whose rejected one is bad
 * @param badGood pairs whose chosen answer is bad and whose rejected one is good
 * @param badBad pairs of two bad answers
 * @param against pairs whose chosen answer has the lower grade
 */
public record GradeShares(
    double goodFrom,
    double lowest,
    double highest,
    long goodGood,
    long goodBad,
    long badGood,
    long badBad,
    long against) {

  /**
   * Sorts pairs.
   *
   * @param grades of the pairs, at least one
   * @param goodFrom the grade from which an answer is good; empty for the middle between the lowest
   *     and the highest
   */
  public static GradeShares of(List<PairGrades> grades, OptionalDouble goodFrom) {
    double lowest = Double.POSITIVE_INFINITY;
    double highest = Double.NEGATIVE_INFINITY;
    for (PairGrades pair : grades) {
      lowest = Math.min(lowest, Math.min(pair.chosen(), pair.rejected()));
      highest = Math.max(highest, Math.max(pair.chosen(), pair.rejected()));
    }
    double from = goodFrom.orElse((lowest + highest) / 2);
    long[] counts = new long[4];
    long against = 0;
    for (PairGrades pair : grades) {
      counts[(pair.chosen() >= from ? 0 : 2) + (pair.rejected() >= from ? 0 : 1)]++;
      against += pair.chosen() < pair.rejected() ? 1 : 0;
    }
    return new GradeShares(
        from, lowest, highest, counts[0], counts[1], counts[2], counts[3], against);
  }

  /** All pairs. */
  public long pairs() {
    return goodGood + goodBad + badGood + badBad;
  }
}
