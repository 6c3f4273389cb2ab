package dev.parley.policy.rollout;

import dev.parley.proto.Topics;
import dev.parley.proto.rollout.v1.Rollout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Writes rollouts, dead letters and the offsets of their prompts in one transaction: all or
 * nothing. A transaction opens when everything is computed, so it lasts milliseconds.
 */
final class RolloutPublisher implements AutoCloseable {

  /** Room for what a dead letter adds to the record that it holds. */
  private static final int ENVELOPE_BYTES = 64 << 10;

  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  private final KafkaProducer<String, byte[]> producer;

  /**
   * Opens the producer; whatever an earlier producer of the same instance left open is aborted.
   *
   * @param settings ids, limits and timeouts
   * @param kafka the clients' settings: addresses, security
   * @throws KafkaException if the broker cannot be reached
   */
  RolloutPublisher(LoopSettings settings, Map<String, Object> kafka) {
    Map<String, Object> client = new HashMap<>(kafka);
    client.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, settings.instanceId());
    client.put(ProducerConfig.CLIENT_ID_CONFIG, settings.instanceId());
    int timeout = Math.toIntExact(settings.transactionTimeout().toMillis());
    client.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, timeout);
    client.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, timeout);
    client.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, timeout);
    client.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, (long) timeout);
    client.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    client.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, settings.maxRecordBytes() + ENVELOPE_BYTES);
    this.producer = new KafkaProducer<>(client, new StringSerializer(), new ByteArraySerializer());
    try {
      producer.initTransactions();
    } catch (RuntimeException e) {
      producer.close(Duration.ZERO);
      throw e;
    }
  }

  /**
   * Publishes.
   *
   * @param publications what to write
   * @param offsets the prompts' offsets, one beyond the last
   * @param group the consumer's membership, by which the broker refuses one that was replaced
   * @throws NotCommittedException if the transaction was aborted and another one may be begun
   * @throws RuntimeException if nobody knows what became of it: this publisher is of no more use,
   *     and the next one and the committed offsets tell
   */
  void publish(
      List<Publication> publications,
      Map<TopicPartition, OffsetAndMetadata> offsets,
      ConsumerGroupMetadata group)
      throws NotCommittedException {
    List<List<Future<RecordMetadata>>> sent = new ArrayList<>();
    try {
      producer.beginTransaction();
      for (Publication publication : publications) {
        List<Future<RecordMetadata>> futures = new ArrayList<>();
        sent.add(futures);
        send(publication, futures);
      }
      producer.sendOffsetsToTransaction(offsets, group);
      producer.commitTransaction();
    } catch (InterruptException e) {
      throw e;
    } catch (KafkaException e) {
      Set<Integer> tooLarge = tooLarge(sent);
      // Throws if the producer was fenced or does not know what became of the commit.
      producer.abortTransaction();
      throw new NotCommittedException(e, tooLarge);
    }
  }

  private void send(Publication publication, List<Future<RecordMetadata>> sent) {
    publication
        .promptDefect()
        .map(reason -> publication.promptLetter(reason).toByteArray())
        .ifPresent(
            letter ->
                sent.add(
                    producer.send(
                        new ProducerRecord<>(
                            Topics.PROMPTS_DEAD_LETTER, publication.source().key(), letter))));
    if (publication.rollout().isEmpty()) {
      return;
    }
    Rollout rollout = publication.rollout().get();
    String key = RolloutRecords.key(rollout.getPrompt());
    byte[] value = rollout.toByteArray();
    ProducerRecord<String, byte[]> record = new ProducerRecord<>(Topics.ROLLOUTS, key, value);
    TraceContext.attach(record.headers(), rollout.getTraceparent());
    Future<RecordMetadata> written = producer.send(record);
    sent.add(written);
    if (publication.rolloutDefect().isPresent()) {
      RecordMetadata place = await(written);
      byte[] letter =
          Publication.rolloutLetter(
                  value, place.partition(), place.offset(), publication.rolloutDefect().get())
              .toByteArray();
      sent.add(producer.send(new ProducerRecord<>(Topics.ROLLOUTS_DEAD_LETTER, key, letter)));
    }
  }

  private static RecordMetadata await(Future<RecordMetadata> written) {
    try {
      return written.get();
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    } catch (ExecutionException e) {
      throw new KafkaException(e.getCause().getMessage(), e.getCause());
    }
  }

  /** Finds those whose records are larger than the producer or the topic allows. */
  private static Set<Integer> tooLarge(List<List<Future<RecordMetadata>>> sent) {
    Set<Integer> tooLarge = new TreeSet<>();
    for (int i = 0; i < sent.size(); i++) {
      for (Future<RecordMetadata> future : sent.get(i)) {
        if (future.isDone() && isTooLarge(future)) {
          tooLarge.add(i);
        }
      }
    }
    return tooLarge;
  }

  private static boolean isTooLarge(Future<RecordMetadata> done) {
    try {
      done.get();
      return false;
    } catch (ExecutionException e) {
      return e.getCause() instanceof RecordTooLargeException;
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }

  /**
   * Closes. An open transaction is left to the broker, or to the next producer of this instance.
   */
  @Override
  public void close() {
    producer.close(CLOSE_PATIENCE);
  }
}
