package dev.parley.bench;

import java.util.List;

/**
 * What was measured.
 *
 * @param name the comparison
 * @param ratio median of ours over median of the peer's
 * @param bar the ratio to reach
 * @param ours median rate
 * @param peer median rate
 * @param unit of the rates
 */
public record Result(String name, double ratio, double bar, double ours, double peer, String unit) {

  /**
   * Takes the medians.
   *
   * @param comparison what was measured
   * @param runs the rates of each run
   */
  static Result of(Comparison comparison, List<Rates> runs) {
    double ourMedian = median(runs.stream().map(Rates::ours).toList());
    double peerMedian = median(runs.stream().map(Rates::peer).toList());
    return new Result(
        comparison.name(),
        ourMedian / peerMedian,
        comparison.bar(),
        ourMedian,
        peerMedian,
        comparison.unit());
  }

  /** Returns the middle value; of an even number of values, the mean of the two in the middle. */
  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
