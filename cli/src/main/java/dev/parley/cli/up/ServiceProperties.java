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

  /** The frozen model: a directory. */
  static final String REFERENCE_MODEL = "parley.reference.model";

  /** The reward model: a directory. */
  static final String REWARD_MODEL = "parley.reward.model";

  /** The path that answers 200 once a service can be used. */
  static final String READY_PATH = "/q/health/ready";

  /** The path of a service's metrics. */
  static final String METRICS_PATH = "/q/metrics";

  private ServiceProperties() {}

  /** The host of a gRPC client by its name. */
  static String clientHost(String client) {
    return "quarkus.grpc.clients." + client + ".host";
  }

  /** The port of a gRPC client by its name. */
  static String clientPort(String client) {
    return "quarkus.grpc.clients." + client + ".port";
  }
}
