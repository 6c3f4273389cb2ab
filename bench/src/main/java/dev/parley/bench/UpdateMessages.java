package dev.parley.bench;

import dev.parley.bench.own.TimedPolicies;

/**
 * The messages of a PPO update (prompts, scores, reference log-probs and rollouts through Kafka,
 * gRPC and their serialisation, with nothing computed) beside the whole update. In the update they
 * partly overlap with computing, so this is an upper bound of their share.
 *
 * @param rig what it runs on
 * @param bar the share to stay below
 */
record UpdateMessages(Rig rig, double bar) implements Comparison {

  private static final int UPDATES = 20;

  @Override
  public String name() {
    return "ppo-update-messages";
  }

  @Override
  public String description() {
    return "gRPC, Kafka and serialisation of an update of %d prompts, computing nothing, against the whole update of ppo-update"
        .formatted(PpoRuns.PROMPTS);
  }

  @Override
  public String unit() {
    return "s";
  }

  @Override
  public boolean atMost() {
    return true;
  }

  @Override
  public Rates measure() throws InterruptedException {
    double update = PpoRuns.PROMPTS / new PpoUpdate(rig, PpoRuns.Way.LIKE_FOR_LIKE).ours();
    return new Rates(messages(), update);
  }

  private double messages() throws InterruptedException {
    try (Broker broker = new Broker(rig.directory(name()), 1)) {
      return rig.own(
              new TimedPolicies(
                  rig.model(BenchModel.FIVE_MILLION),
                  broker.bootstrap(),
                  name(),
                  1,
                  PpoRuns.PROMPTS,
                  PpoRuns.PROMPTS,
                  PpoRuns.PROMPT_TOKENS,
                  PpoRuns.NEW_TOKENS,
                  0,
                  UPDATES),
              TimedPolicies.Figures.class)
          .secondsPerUpdate();
    }
  }
}
