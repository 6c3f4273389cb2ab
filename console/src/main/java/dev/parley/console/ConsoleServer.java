package dev.parley.console;

import dev.parley.console.access.Sessions;
import dev.parley.console.comparison.Comparisons;
import dev.parley.console.database.Database;
import dev.parley.console.live.LivePolicies;
import dev.parley.console.outbox.Outbox;
import dev.parley.console.outbox.OutboxPublisher;
import dev.parley.console.verdict.Verdicts;
import dev.parley.serving.settings.SettingKeys;
import io.quarkus.runtime.ShutdownEvent;
import io.quarkus.runtime.StartupEvent;
import io.quarkus.runtime.configuration.ConfigurationException;
import io.smallrye.common.annotation.Identifier;
import jakarta.enterprise.event.Observes;
import jakarta.enterprise.inject.Produces;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.eclipse.microprofile.config.Config;
import org.jboss.logging.Logger;

/** Makes the parts of their settings, and runs the publisher beside the pages. */
@Singleton
public class ConsoleServer {

  private static final Logger LOG = Logger.getLogger(ConsoleServer.class);

  private final ConsoleSettings settings;
  private final Map<String, Object> kafka;
  private final ConsoleMetrics metrics;
  private OutboxPublisher publisher;
  private Thread thread;

  /** Takes what the container gives. */
  public ConsoleServer(
      ConsoleConfig config,
      Config properties,
      @Identifier("default-kafka-broker") Map<String, Object> kafka,
      ConsoleMetrics metrics) {
    this.settings = settings(config, properties);
    this.kafka = new HashMap<>(kafka);
    settings
        .bootstrapServers()
        .ifPresent(
            servers -> this.kafka.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, servers));
    this.metrics = metrics;
  }

  private static ConsoleSettings settings(ConsoleConfig config, Config properties) {
    try {
      SettingKeys.of(ConsoleConfig.class, ConsoleConfig.POLICIES)
          .check(properties.getPropertyNames());
      return ConsoleSettings.of(config);
    } catch (IllegalArgumentException e) {
      // Without its cause, so that Quarkus prints the one sentence and no stack trace.
      throw new ConfigurationException(e.getMessage());
    }
  }

  void start(@Observes StartupEvent event, Outbox outbox) {
    publisher = new OutboxPublisher(outbox, metrics, kafka, settings.publishEvery());
    thread = new Thread(publisher, "outbox");
    thread.setContextClassLoader(Thread.currentThread().getContextClassLoader());
    thread.setDaemon(true);
    thread.start();
    LOG.infof(
        "Verdicts go to Kafka at %s after %d s; %s",
        kafka.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG),
        settings.hold().toSeconds(),
        settings.accessToken().isPresent()
            ? "pages ask for a token"
            : "pages are open to anyone who reaches this port");
  }

  void stop(@Observes ShutdownEvent event) throws InterruptedException {
    if (thread != null) {
      publisher.stop();
      thread.join();
    }
  }

  /** Returns whether the publisher's thread is there. */
  boolean alive() {
    return thread != null && thread.isAlive();
  }

  @Produces
  @Singleton
  Sessions sessions() {
    return new Sessions(
        settings.accessToken(), settings.adminToken(), settings.session(), Clock.systemUTC());
  }

  @Produces
  @Singleton
  Comparisons comparisons(Database database) {
    SecureRandom random = new SecureRandom();
    return new Comparisons(database, settings.lease(), random::nextBoolean);
  }

  @Produces
  @Singleton
  Verdicts verdicts(Database database, Outbox outbox) {
    return new Verdicts(database, outbox, settings.hold(), settings.lease());
  }

  @Produces
  @Singleton
  LivePolicies policies() {
    return new LivePolicies(settings.policies(), settings.live(), metrics);
  }
}
