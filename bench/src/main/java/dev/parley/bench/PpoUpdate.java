package dev.parley.bench;

import dev.parley.bench.PpoRuns.Course;
import dev.parley.bench.PpoRuns.Way;
import java.util.List;

/**
 * A whole PPO update, four passes. The first update is left out on both sides: it warms up.
 *
 * @param rig what it runs on
 * @param way how Parley does it; the peer does the same for all
 */
record PpoUpdate(Rig rig, Way way) implements Comparison {

  private static final PpoRuns.Size SIZE =
      new PpoRuns.Size(BenchModel.FIVE_MILLION, PpoRuns.PROMPTS, 4, 6, 1e-5);

  @Override
  public String name() {
    return way == Way.BEST ? "ppo-update-best" : "ppo-update";
  }

  @Override
  public String description() {
    return "whole PPO update, 5M, %s, %d prompts, %d new tokens, %d epochs: services, Kafka and gRPC against TRL 0.24 in one process"
        .formatted(runs().sides(), SIZE.prompts(), PpoRuns.NEW_TOKENS, SIZE.epochs());
  }

  @Override
  public String unit() {
    return "samples/s";
  }

  @Override
  public double bar() {
    return way == Way.BEST ? 2.5 : 1.5;
  }

  @Override
  public Rates measure() throws InterruptedException {
    return new Rates(ours(), rate(runs().peer()));
  }

  /** Returns Parley's samples per second. */
  double ours() throws InterruptedException {
    return rate(runs().ours());
  }

  private PpoRuns runs() {
    return new PpoRuns(rig, way, SIZE);
  }

  private static double rate(Course course) {
    List<Double> warm = course.seconds().subList(1, course.seconds().size());
    return SIZE.prompts() * warm.size() / warm.stream().mapToDouble(Double::doubleValue).sum();
  }
}
