package dev.parley.trainer.answers;

import dev.parley.trainer.experience.Sample;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** Answers to the same prompt. */
public final class Groups {

  private Groups() {}

  /** Returns equal numbers for answers to the same prompt, counted from 0 {@code [B]}. */
  public static int[] of(List<Sample> samples) {
    Map<String, Integer> numbers = new LinkedHashMap<>();
    samples.forEach(sample -> numbers.putIfAbsent(sample.promptId(), numbers.size()));
    return samples.stream().mapToInt(sample -> numbers.get(sample.promptId())).toArray();
  }

  /**
   * Tells how far scores lie apart within groups; nothing if no prompt has several answers.
   *
   * @param samples the answers
   * @param groups of them, as {@link #of} returned them
   * @param report is told
   */
  public static void tell(List<Sample> samples, int[] groups, AnswerReport report) {
    int count = Arrays.stream(groups).max().orElse(-1) + 1;
    if (count == groups.length) {
      return;
    }
    double deviations = 0;
    int without = 0;
    for (int group = 0; group < count; group++) {
      int own = group;
      double[] scores =
          IntStream.range(0, groups.length)
              .filter(i -> groups[i] == own)
              .mapToDouble(i -> samples.get(i).score())
              .toArray();
      double mean = Arrays.stream(scores).average().orElseThrow();
      double squares = Arrays.stream(scores).map(score -> (score - mean) * (score - mean)).sum();
      deviations += Math.sqrt(squares / Math.max(1, scores.length - 1));
      without += Arrays.stream(scores).distinct().count() < 2 ? 1 : 0;
    }
    report.put(GroupMetrics.SPREAD, deviations / count);
    report.put(GroupMetrics.WITHOUT_SPREAD, (double) without / count);
  }
}
