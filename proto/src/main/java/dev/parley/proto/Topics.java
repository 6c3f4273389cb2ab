package dev.parley.proto;

/** The Kafka topics of the contract. Every value is a protobuf message of this module. */
public final class Topics {

  /** {@code Prompt}: prompts that policies are to answer, keyed by run id and prompt id. */
  public static final String PROMPTS = "prompts";

  /** {@code Rollout}: prompts with their finished groups of answers, keyed likewise. */
  public static final String ROLLOUTS = "rollouts";

  /** {@code PolicyVersion}, compacted: the newest announced weights, keyed by run id. */
  public static final String POLICY_VERSIONS = "policy-versions";

  /** {@code VersionFile}: weights that are about to be announced, file by file, keyed by run id. */
  public static final String VERSION_FILES = "version-files";

  /** {@code Preference}: pairs of answers with a verdict. */
  public static final String PREFERENCES = "preferences";

  /** {@code Demonstration}: conversations worth imitating. */
  public static final String DEMONSTRATIONS = "demonstrations";

  /** {@code RunEvent}: what training runs are doing, keyed by run id. */
  public static final String RUN_EVENTS = "run-events";

  /** {@code DeadLetter}: prompts that could not be read. */
  public static final String PROMPTS_DEAD_LETTER = "prompts.dead-letter";

  /** {@code DeadLetter}: rollouts that could not be used whole, a score having failed. */
  public static final String ROLLOUTS_DEAD_LETTER = "rollouts.dead-letter";

  private Topics() {}
}
