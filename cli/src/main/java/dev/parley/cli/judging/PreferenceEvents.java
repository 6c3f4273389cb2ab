package dev.parley.cli.judging;

import dev.parley.cli.Failure;
import dev.parley.data.ChatTurn;
import dev.parley.data.Preference;
import dev.parley.proto.Topics;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.preference.v1.PreferenceSource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Preferences as events on the topic {@code preferences}, with who judged. A preference's id is the
 * SHA-256 of all that it says, so that one which is sent twice can be told.
 */
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
    String id = id(preference);
    dev.parley.proto.preference.v1.Preference event =
        dev.parley.proto.preference.v1.Preference.newBuilder()
            .setPreferenceId(id)
            .setPrompt(conversation(preference.prompt()))
            .setChosen(conversation(preference.chosen()))
            .setRejected(conversation(preference.rejected()))
            .setSource(source(preference))
            .setAnnotator(preference.annotator())
            .setCreatedAtMs(clock.millis())
            .setRationale(rationale)
            .setTie(preference.tie())
            .build();
    byte[] bytes =
        preference.margin().isPresent()
            ? event.toBuilder().setMargin(preference.margin().getAsDouble()).build().toByteArray()
            : event.toByteArray();
    try {
      producer.send(
          new ProducerRecord<>(Topics.PREFERENCES, id.getBytes(StandardCharsets.UTF_8), bytes),
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

  private static PreferenceSource source(Preference preference) {
    return switch (preference.source()) {
      case UNKNOWN -> PreferenceSource.PREFERENCE_SOURCE_UNSPECIFIED;
      case HUMAN -> PreferenceSource.PREFERENCE_SOURCE_HUMAN;
      case RULE -> PreferenceSource.PREFERENCE_SOURCE_RULE;
      case MODEL -> PreferenceSource.PREFERENCE_SOURCE_MODEL;
    };
  }

  private static Conversation conversation(List<ChatTurn> turns) {
    Conversation.Builder conversation = Conversation.newBuilder();
    for (ChatTurn turn : turns) {
      conversation.addMessages(
          Message.newBuilder().setRole(turn.role()).setContent(turn.content()));
    }
    return conversation.build();
  }

  private static String id(Preference preference) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(preference.toString().getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public void close() {
    producer.close();
  }
}
