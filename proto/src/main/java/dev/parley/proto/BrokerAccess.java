package dev.parley.proto;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * How Kafka clients are let in by brokers that ask who they are: the settings {@code security.*},
 * {@code sasl.*} and {@code ssl.*}, from environment variables named as Quarkus names them: {@code
 * KAFKA_SASL_JAAS_CONFIG} is {@code sasl.jaas.config}. So a password stands in a Secret and in no
 * file of settings.
 */
public final class BrokerAccess {

  private static final String PREFIX = "kafka.";

  private BrokerAccess() {}

  /** What this process' environment says. */
  public static Map<String, Object> ofProcess() {
    return of(System.getenv());
  }

  /**
   * What an environment says.
   *
   * @param environment variables by name
   * @return settings for any Kafka client; empty if brokers ask for nothing
   */
  public static Map<String, Object> of(Map<String, String> environment) {
    Map<String, Object> settings = new HashMap<>();
    environment.forEach(
        (variable, value) -> {
          String key = variable.toLowerCase(Locale.ROOT).replace('_', '.');
          if (key.startsWith(PREFIX)
              && key.substring(PREFIX.length()).matches("(security|sasl|ssl)\\..+")) {
            settings.put(key.substring(PREFIX.length()), value);
          }
        });
    return settings;
  }
}
