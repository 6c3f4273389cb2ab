package dev.parley.cli.broker;

import dev.parley.cli.process.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.admin.AdminClientConfig;

/** A real broker with Parley's topics, for tests of other packages. */
public final class RunningBroker implements AutoCloseable {

  private final EmbeddedBroker broker;

  private RunningBroker(EmbeddedBroker broker) {
    this.broker = broker;
  }

  /**
   * Starts one.
   *
   * @param data where it keeps its data
   * @param partitions of prompts and rollouts
   */
  public static RunningBroker start(Path data, int partitions) throws Exception {
    EmbeddedBroker broker =
        EmbeddedBroker.start(EmbeddedBroker.Listening.onLoopback(Ports.free()), data);
    topics(broker.local(), partitions);
    return new RunningBroker(broker);
  }

  /** Makes the topics, with one copy of each record. */
  static void topics(String bootstrap, int partitions) throws InterruptedException {
    BrokerTopics.create(
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap),
        new TopicSettings(
            partitions,
            1,
            1,
            Duration.ofDays(7),
            Duration.ofDays(28),
            TopicSettings.LARGEST_MESSAGE));
  }

  /** What clients set as bootstrap.servers. */
  public String bootstrap() {
    return broker.bootstrap();
  }

  @Override
  public void close() {
    broker.close();
  }
}
