package dev.parley.bench;

import dev.parley.bench.own.DecodeFromMemory;

/**
 * Decoding one sequence beside the rate at which memory could deliver the weights.
 *
 * @param rig what it runs on
 * @param model the shape, larger than the caches
 */
record DecodeMemory(Rig rig, BenchModel model) implements Comparison {

  private static final int PROMPT_TOKENS = 16;
  private static final int NEW_TOKENS = 64;
  private static final double SECONDS = 10;

  @Override
  public String name() {
    return "decode-memory-" + model.size();
  }

  @Override
  public String description() {
    return "decoding, %s, batch 1, fp32, against reading the weights' bytes once a token"
        .formatted(model.size());
  }

  @Override
  public String unit() {
    return "tokens/s";
  }

  @Override
  public double bar() {
    return 0.6;
  }

  @Override
  public Rates measure() throws InterruptedException {
    DecodeFromMemory.Figures figures =
        rig.own(
            new DecodeFromMemory(rig.model(model), PROMPT_TOKENS, NEW_TOKENS, SECONDS),
            DecodeFromMemory.Figures.class);
    return new Rates(figures.tokensPerSecond(), figures.limit());
  }
}
