package dev.parley.bench;

import dev.parley.bench.own.TimedPolicies;
import java.time.Duration;

/**
 * Several policies on one topic of prompts, each with an engine that takes a fixed time for a step
 * and computes nothing, beside as many such engines that never wait: what is lost is lost to
 * coordination.
 *
 * @param rig what it runs on
 * @param replicas policies
 * @param bar the share to reach
 */
record Replicas(Rig rig, int replicas, double bar) implements Comparison {

  private static final int ROWS = 16;
  private static final int PROMPTS = 256;
  private static final int PROMPT_WORDS = 16;
  private static final int NEW_TOKENS = 48;
  private static final Duration STEP = Duration.ofMillis(10);
  private static final int UPDATES = 3;

  @Override
  public String name() {
    return "replicas-" + replicas;
  }

  @Override
  public String description() {
    return "%d policies of %d rows, steps of %d ms, %d prompts an update: tokens against engines that never wait"
        .formatted(replicas, ROWS, STEP.toMillis(), PROMPTS);
  }

  @Override
  public String unit() {
    return "tokens/s";
  }

  @Override
  public Rates measure() throws InterruptedException {
    try (Broker broker = new Broker(rig.directory(name()), replicas)) {
      TimedPolicies.Figures figures =
          rig.own(
              new TimedPolicies(
                  rig.model(BenchModel.FIVE_MILLION),
                  broker.bootstrap(),
                  name(),
                  replicas,
                  ROWS,
                  PROMPTS,
                  PROMPT_WORDS,
                  NEW_TOKENS,
                  STEP.toNanos(),
                  UPDATES),
              TimedPolicies.Figures.class);
      double limit = replicas * ROWS / (STEP.toNanos() * 1e-9);
      return new Rates(figures.tokensPerSecond(), limit);
    }
  }
}
