package dev.parley.console.agreement;

import java.util.ArrayList;
import java.util.List;

/** How many pairs took how long. */
public final class TimeBins {

  /** Where a bin ends, seconds; the last has no end. */
  private static final int[] ENDS = {5, 10, 15, 20, 30, 45, 60, 90, 120, 180};

  private TimeBins() {}

  /**
   * A bin.
   *
   * @param label its range
   * @param count of verdicts in it
   */
  public record Bin(String label, long count) {}

  /**
   * The bins, from fast to slow.
   *
   * @param seconds of each verdict
   */
  public static List<Bin> of(List<Double> seconds) {
    List<Bin> bins = new ArrayList<>();
    double begin = 0;
    for (int end : ENDS) {
      double from = begin;
      bins.add(
          new Bin("<" + end, seconds.stream().filter(each -> each >= from && each < end).count()));
      begin = end;
    }
    double last = begin;
    bins.add(new Bin("≥" + (int) last, seconds.stream().filter(each -> each >= last).count()));
    return bins;
  }
}
