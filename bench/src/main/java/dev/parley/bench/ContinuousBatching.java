package dev.parley.bench;

import dev.parley.bench.own.ArrivingRequests;

/**
 * Requests of mixed lengths that come over time: continuous admission beside groups, in the same
 * engine with as many rows.
 *
 * @param rig what it runs on
 * @param groups what becomes of a row of a group whose sequence has ended
 */
record ContinuousBatching(Rig rig, ArrivingRequests.Ended groups) implements Comparison {

  private static final int ROWS = 8;
  private static final int PROMPT_TOKENS = 16;
  private static final int REQUESTS = 64;
  private static final double MEAN_GAP = 0.02;
  private static final int SHORTEST = 8;
  private static final int LONGEST = 256;

  @Override
  public String name() {
    return switch (groups) {
      case DROPPED -> "continuous-batching";
      case COMPUTED -> "continuous-batching-static";
    };
  }

  @Override
  public String description() {
    return "%d requests of %d to %d new tokens, 15m, fp32, %d rows: joining at any step against groups whose ended rows are %s"
        .formatted(
            REQUESTS,
            SHORTEST,
            LONGEST,
            ROWS,
            switch (groups) {
              case DROPPED -> "no longer computed";
              case COMPUTED -> "computed until the longest has ended";
            });
  }

  @Override
  public String unit() {
    return "tokens/s";
  }

  @Override
  public double bar() {
    return 2;
  }

  @Override
  public Rates measure() throws InterruptedException {
    ArrivingRequests.Figures figures =
        rig.own(
            new ArrivingRequests(
                rig.model(BenchModel.FIFTEEN_MILLION),
                ROWS,
                PROMPT_TOKENS,
                REQUESTS,
                MEAN_GAP,
                SHORTEST,
                LONGEST,
                groups),
            ArrivingRequests.Figures.class);
    return new Rates(figures.continuous(), figures.groups());
  }
}
