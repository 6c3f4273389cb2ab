package dev.parley.trainer.run;

import dev.parley.proto.BrokerAccess;
import dev.parley.proto.Topics;
import dev.parley.proto.run.v1.RunEvent;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jboss.logging.Logger;

/** Publishes a run's events on Kafka. An event that cannot be sent is logged; the run goes on. */
public final class KafkaRunEvents implements RunListener, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(KafkaRunEvents.class);

  /** How long a call may wait for a broker that does not answer. */
  private static final int PATIENCE_MS = 5_000;

  private final Producer<String, byte[]> producer;

  private KafkaRunEvents(Producer<String, byte[]> producer) {
    this.producer = producer;
  }

  /**
   * Connects to the topic.
   *
   * @param bootstrapServers of the brokers
   * @throws IllegalStateException if no broker answers, or the topic is not there
   */
  public static KafkaRunEvents connect(String bootstrapServers) {
    Map<String, Object> settings = new HashMap<>(BrokerAccess.ofProcess());
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MS);
    Producer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    try {
      producer.partitionsFor(Topics.RUN_EVENTS);
      return new KafkaRunEvents(producer);
    } catch (TimeoutException e) {
      producer.close();
      throw new IllegalStateException(
          "the brokers "
              + bootstrapServers
              + " do not answer, or have no topic \""
              + Topics.RUN_EVENTS
              + "\"; see to them, or leave run.kafka out if the recipe does not need it",
          e);
    }
  }

  @Override
  public void onEvent(RunEvent event) {
    producer.send(
        new ProducerRecord<>(Topics.RUN_EVENTS, event.getRunId(), event.toByteArray()),
        (metadata, failure) -> {
          if (failure != null) {
            LOG.warnf(failure, "run event %d could not be sent", event.getSequence());
          }
        });
  }

  @Override
  public void close() {
    producer.close();
  }
}
