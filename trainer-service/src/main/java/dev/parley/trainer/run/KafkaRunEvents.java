package dev.parley.trainer.run;

import dev.parley.proto.Topics;
import dev.parley.proto.run.v1.RunEvent;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jboss.logging.Logger;

/** Publishes a run's events on Kafka. An event that cannot be sent is logged; the run goes on. */
public final class KafkaRunEvents implements RunListener, AutoCloseable {

  private static final Logger LOG = Logger.getLogger(KafkaRunEvents.class);

  private final Producer<String, byte[]> producer;

  /** Takes the producer, which is closed with this. */
  public KafkaRunEvents(Producer<String, byte[]> producer) {
    this.producer = producer;
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
