package dev.parley.judge.rating;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;

/** The bootstrap over groups (Efron 1979): whole groups are drawn, since rows in one are alike. */
final class Resampling {

  private Resampling() {}

  /**
   * Collects rows by their groups, in order of appearance.
   *
   * @param name of a row's group
   */
  static <T> List<List<T>> groups(List<T> rows, Function<T, String> name) {
    Map<String, List<T>> groups = new LinkedHashMap<>();
    rows.forEach(row -> groups.computeIfAbsent(name.apply(row), k -> new ArrayList<>()).add(row));
    return List.copyOf(groups.values());
  }

  /** Draws as many groups as there are, with replacement, and returns their rows. */
  static <T> List<T> draw(List<List<T>> groups, SplittableRandom random) {
    List<T> rows = new ArrayList<>();
    for (int i = 0; i < groups.size(); i++) {
      rows.addAll(groups.get(random.nextInt(groups.size())));
    }
    return rows;
  }

  /** Returns the 2.5% and 97.5% quantiles. */
  static double[] interval(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return new double[] {quantile(sorted, 0.025), quantile(sorted, 0.975)};
  }

  /** Linear between neighbours, as NumPy has it by default. */
  private static double quantile(double[] sorted, double share) {
    double place = share * (sorted.length - 1);
    int below = (int) place;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  }
}
