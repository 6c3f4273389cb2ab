package dev.parley.cli.broker;

import dev.parley.cli.process.Ports;
import java.nio.file.Path;

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
    BrokerTopics.create(broker.local(), partitions);
    return new RunningBroker(broker);
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
