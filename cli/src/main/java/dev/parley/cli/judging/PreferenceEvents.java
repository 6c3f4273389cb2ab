package dev.parley.cli.judging;

import dev.parley.cli.Failure;
import dev.parley.data.Preference;
import dev.parley.events.PreferenceEvent;
import dev.parley.proto.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** Preferences as events on the topic {@code preferences}, with who judged. */
public final class PreferenceEvents implements AutoCloseable {

  private static final int LARGEST_EVENT = 15 << 20;

  private final String bootstrap;
  private final KafkaProducer<byte[], byte[]> producer;
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private final Clock clock;

  /**
   * Connects.
   *
   * @param bootstrap the broker, {@code host:port}
   * @throws Failure if that is no address
   */
  public PreferenceEvents(String bootstrap) {
    this.bootstrap = bootstrap;
    this.clock = Clock.systemUTC();
    try {
      this.producer =
          new KafkaProducer<>(
              Map.of(
                  "bootstrap.servers",
                  bootstrap,
                  "acks",
                  "all",
                  "max.block.ms",
                  "15000",
                  "delivery.timeout.ms",
                  "60000",
                  "request.timeout.ms",
                  "15000",
                  "max.request.size",
                  LARGEST_EVENT),
              new ByteArraySerializer(),
              new ByteArraySerializer());
    } catch (KafkaException e) {
      throw new Failure(
          "--kafka %s cannot be used: %s".formatted(bootstrap, reason(e)),
          "Expected HOST:PORT.",
          e);
    }
  }

  private static String reason(Throwable e) {
    return e.getCause() == null ? e.getMessage() : e.getCause().getMessage();
  }

  /**
   * Sends a preference.
   *
   * @param rationale the judge's words; empty for none
   * @throws Failure if it, or an earlier one, cannot be sent
   */
  public void send(Preference preference, String rationale) {
    requireNoFailure();
    dev.parley.proto.preference.v1.Preference event =
        PreferenceEvent.of(preference, rationale, clock.millis());
    try {
      producer.send(
          new ProducerRecord<>(
              Topics.PREFERENCES,
              event.getPreferenceId().getBytes(StandardCharsets.UTF_8),
              event.toByteArray()),
          (sent, problem) -> {
            if (problem != null) {
              failure.compareAndSet(null, problem);
            }
          });
    } catch (KafkaException e) {
      failure.compareAndSet(null, e);
    }
    requireNoFailure();
  }

  /**
   * Waits until all are there.
   *
   * @throws Failure if one is not
   */
  public void finish() {
    producer.flush();
    requireNoFailure();
  }

  private void requireNoFailure() {
    Exception problem = failure.get();
    if (problem != null) {
      throw new Failure(
          "the broker at %s takes no events for the topic %s: %s"
              .formatted(bootstrap, Topics.PREFERENCES, problem.getMessage()),
          "Is it up, and has it this topic? parley up makes both.",
          problem);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
