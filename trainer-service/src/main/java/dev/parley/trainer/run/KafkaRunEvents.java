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

  /**
   * How often the brokers are asked for the topic. On a busy node a first answer takes longer than
   * one patience, a broker may be on its way up, and a Job of the chart may still make the topic.
   */
  private static final int TRIES = 6;

  private final Producer<String, byte[]> producer;

  private KafkaRunEvents(Producer<String, byte[]> producer) {
    this.producer = producer;
  }

  /**
   * Connects to the topic, for which it waits half a minute.
   *
   * @param bootstrapServers of the brokers
   * @throws IllegalStateException if no broker answers by then, or the topic is not there
   */
  public static KafkaRunEvents connect(String bootstrapServers) {
    return connect(bootstrapServers, TRIES);
  }

  /** The same with another number of tries, of {@link #PATIENCE_MS} each. */
  static KafkaRunEvents connect(String bootstrapServers, int tries) {
    Map<String, Object> settings = new HashMap<>(BrokerAccess.ofProcess());
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, PATIENCE_MS);
    Producer<String, byte[]> producer =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
    for (int left = tries - 1; ; left--) {
      try {
        producer.partitionsFor(Topics.RUN_EVENTS);
        return new KafkaRunEvents(producer);
      } catch (TimeoutException e) {
        String missing =
            "the brokers %s do not answer, or have no topic \"%s\""
                .formatted(bootstrapServers, Topics.RUN_EVENTS);
        if (left == 0) {
          producer.close();
          throw new IllegalStateException(
              missing + "; see to them, or leave run.kafka out if the recipe does not need it", e);
        }
        LOG.warnf("%s; asking again for up to %d s", missing, left * PATIENCE_MS / 1_000);
      }
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
