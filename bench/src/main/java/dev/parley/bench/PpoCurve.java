package dev.parley.bench;

import dev.parley.bench.PpoRuns.Course;
import dev.parley.bench.PpoRuns.Way;
import java.util.List;
import java.util.Locale;

/**
 * Whether as many answers teach as much: the mean score of all updates, which is the area below the
 * learning curve. Both sides have the same weights, prompts, reward model and learning rate, so
 * both begin at the same score; each side's scores and KL by update go to stderr.
 *
 * @param rig what it runs on
 * @param way how Parley does it
 */
record PpoCurve(Rig rig, Way way) implements Comparison {

  private static final PpoRuns.Size SIZE =
      new PpoRuns.Size(BenchModel.FIVE_MILLION, PpoRuns.PROMPTS, 4, 20, 1e-4);

  @Override
  public String name() {
    return way == Way.BEST ? "ppo-curve-best" : "ppo-curve";
  }

  @Override
  public String description() {
    return "mean score of %d PPO updates, 5M, %s, %d prompts, %d new tokens, %d epochs, learning rate %s: against TRL 0.24"
        .formatted(
            SIZE.updates(),
            runs().sides(),
            SIZE.prompts(),
            PpoRuns.NEW_TOKENS,
            SIZE.epochs(),
            SIZE.learningRate());
  }

  @Override
  public String unit() {
    return "score";
  }

  @Override
  public double bar() {
    return 0.9;
  }

  @Override
  public Rates measure() throws InterruptedException {
    return new Rates(mean("parley", runs().ours()), mean("trl", runs().peer()));
  }

  private PpoRuns runs() {
    return new PpoRuns(rig, way, SIZE);
  }

  private static double mean(String side, Course course) {
    System.err.println(row(side, "score", course.scores()));
    System.err.println(row(side, "KL", course.kl()));
    return course.scores().stream().mapToDouble(Double::doubleValue).average().orElseThrow();
  }

  private static String row(String side, String what, List<Double> values) {
    StringBuilder row = new StringBuilder(String.format(Locale.ROOT, "%-7s%-6s", side, what));
    values.forEach(value -> row.append(String.format(Locale.ROOT, " %.3f", value)));
    return row.toString();
  }
}
