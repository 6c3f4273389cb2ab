package dev.parley.cli.up;

/**
 * The configuration keys of the services that this command sets: the only place where their names
 * stand.
 */
final class ServiceProperties {

  /** The one port for HTTP and gRPC. */
  static final String PORT = "quarkus.http.port";

  /** The interface that the port is on. */
  static final String HOST = "quarkus.http.host";

  /** The broker's address. */
  static final String KAFKA = "kafka.bootstrap.servers";

  /** A file of further settings. */
  static final String CONFIGURATION_FILE = "quarkus.config.locations";

  /** The policy's model: a directory. */
  static final String POLICY_MODEL = "parley.policy.model";

  /** The base of the policy's model, if that is an adapter. */
  static final String POLICY_BASE = "parley.policy.base";

  /** The frozen model: a directory. */
  static final String REFERENCE_MODEL = "parley.reference.model";

  /** The base of the frozen model, if that is an adapter. */
  static final String REFERENCE_BASE = "parley.reference.base";

  /** Number format of the frozen model. */
  static final String REFERENCE_PRECISION = "parley.reference.precision";

  /** The scorer that answers, by its name. */
  static final String SCORER = "parley.reward.scorer";

  /** The kind of the scorer that a model makes. */
  static final String MODEL_SCORER_TYPE = "parley.reward.scorers.model.type";

  /** The reward model: a directory. */
  static final String MODEL_SCORER_DIRECTORY = "parley.reward.scorers.model.directory";

  /** The base of the reward model, if that is an adapter. */
  static final String MODEL_SCORER_BASE = "parley.reward.scorers.model.base";

  /** Where the reward model computes. */
  static final String MODEL_SCORER_DEVICE = "parley.reward.scorers.model.device";

  /** Number format of the reward model. */
  static final String MODEL_SCORER_PRECISION = "parley.reward.scorers.model.precision";

  /** The run that a policy works for. */
  static final String RUN_ID = "parley.policy.run-id";

  /** Threads of the policy. */
  static final String POLICY_THREADS = "parley.policy.engine.threads";

  /** Number format of the policy. */
  static final String POLICY_PRECISION = "parley.policy.engine.precision";

  /** Most answers that the policy makes at once. */
  static final String POLICY_ROWS = "parley.policy.engine.max-rows";

  /** Prompts of the topic that the policy answers at once. */
  static final String POLICY_PROMPTS_IN_FLIGHT = "parley.policy.rollout.max-prompts-in-flight";

  /** Where the policy finds the reward service. */
  static final String REWARD_TARGET = "parley.policy.reward.target";

  /** Where the policy finds the reference service. */
  static final String REFERENCE_TARGET = "parley.policy.reference.target";

  /** The path that answers 200 once a service can be used. */
  static final String READY_PATH = "/q/health/ready";

  /** The path of a service's metrics. */
  static final String METRICS_PATH = "/q/metrics";

  /** The path of the policy's OpenAI-compatible API. */
  static final String OPENAI_PATH = "/v1";

  private ServiceProperties() {}

  /** Threads of the reward or reference service. */
  static String threads(String service) {
    return "parley." + service + ".threads";
  }
}
