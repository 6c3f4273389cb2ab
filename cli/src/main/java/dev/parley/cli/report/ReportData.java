package dev.parley.cli.report;

import java.util.List;

/**
 * What the page shows. Names are those that the page's script reads.
 *
 * @param run the run's name
 * @param subtitle what kind of run it is
 * @param footer where the numbers come from
 * @param tiles the main figures
 * @param stages what was done, step by step; empty if that is not known
 * @param charts one curve or several over the updates
 * @param frontier reward against KL; null if the run has none
 * @param samples answers before and after; may be empty
 * @param samplesMeaning what the samples' scores are
 */
public record ReportData(
    String run,
    String subtitle,
    String footer,
    List<Tile> tiles,
    List<Stage> stages,
    List<Chart> charts,
    Frontier frontier,
    List<Sample> samples,
    String samplesMeaning) {

  /** A figure in large type. */
  public record Tile(String name, String value, String note) {}

  /** A step of a pipeline; seconds may be null. */
  public record Stage(String name, String result, Double seconds) {}

  /** A curve. */
  public record Series(String name, List<Double> values) {}

  /** Curves over the updates. */
  public record Chart(String title, String meaning, List<Double> x, List<Series> series) {}

  /** Points of reward against KL, one per version of the policy. */
  public record Frontier(String meaning, List<Double> kl, List<Series> series) {}

  /** One prompt's answers; scores may be null. */
  public record Sample(
      String prompt, String before, Double scoreBefore, String after, Double scoreAfter) {}
}
