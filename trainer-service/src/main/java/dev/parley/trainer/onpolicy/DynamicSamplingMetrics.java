package dev.parley.trainer.onpolicy;

/** Names of what dynamic sampling measures, where it is on. */
public final class DynamicSamplingMetrics {

  /** Share of the prompts asked whose answers differ in score, as OpenRLHF logs it. */
  public static final String PASS_RATE = "dynamic_filtering_pass_rate";

  /** Groups dropped because their answers all have the same score. */
  public static final String DROPPED = "rollout/groups_dropped";

  private DynamicSamplingMetrics() {}
}
