package dev.parley.policy;

import dev.parley.proto.kafka.TestBroker;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** One broker with Parley's topics for all test classes; runs keep their records apart. */
public final class SharedBroker implements BeforeAllCallback {

  /** Largest record that the topic of rollouts takes, far less than the policy's own limit. */
  public static final int LARGEST_ROLLOUT = 64 << 10;

  private static TestBroker broker;
  private static KafkaProducer<String, byte[]> producer;

  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.create(SharedBroker.class))
        .getOrComputeIfAbsent(SharedBroker.class, key -> new Started(), Started.class);
  }

  /** Returns the broker. */
  public static TestBroker get() {
    return broker;
  }

  /** Sends one record and waits until the broker has it. */
  public static void send(String topic, String key, byte[] value) {
    try {
      producer.send(new ProducerRecord<>(topic, key, value)).get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("cannot send to topic " + topic, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while sending to topic " + topic, e);
    }
  }

  private static final class Started implements AutoCloseable {

    Started() {
      broker =
          TestBroker.startWithTopics(
              3, Map.of("max.message.bytes", Integer.toString(LARGEST_ROLLOUT)));
      producer = broker.producer();
    }

    @Override
    public void close() {
      producer.close();
      broker.close();
    }
  }
}
