package dev.parley.trainer.experience;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.proto.BrokerAccess;
import dev.parley.proto.Topics;
import dev.parley.proto.prompt.v1.Prompt;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Asks policies for answers: writes a run's prompts, each exactly once even after a restart. */
public final class PromptFeed {

  private final Producer<String, byte[]> producer;
  private final String runId;
  private final Set<String> sent;

  /**
   * Prepares the feed.
   *
   * @param producer writes them
   * @param runId the run
   * @param sent ids of prompts that an earlier process of the run has written already
   */
  public PromptFeed(Producer<String, byte[]> producer, String runId, Set<String> sent) {
    this.producer = producer;
    this.runId = runId;
    this.sent = new HashSet<>(sent);
  }

  /**
   * Writes prompts, except those that have been written before, and waits until the broker has
   * them.
   *
   * @param prompts the prompts
   */
  public void send(List<Prompt> prompts) {
    List<Future<?>> acknowledged = new ArrayList<>();
    for (Prompt prompt : prompts) {
      if (sent.add(prompt.getPromptId())) {
        String key = runId + "/" + prompt.getPromptId();
        Prompt traced = Traces.ask(prompt);
        ProducerRecord<String, byte[]> record =
            new ProducerRecord<>(Topics.PROMPTS, key, traced.toByteArray());
        Traces.attach(record.headers(), traced.getTraceparent());
        acknowledged.add(producer.send(record));
      }
    }
    for (Future<?> future : acknowledged) {
      try {
        future.get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while prompts were being sent", e);
      } catch (ExecutionException e) {
        throw new IllegalStateException("the broker did not take a prompt: " + e.getCause(), e);
      }
    }
  }

  /** Returns whether all of these have been written before, by whichever process of the run. */
  boolean haveSent(List<Prompt> prompts) {
    return prompts.stream().allMatch(prompt -> sent.contains(prompt.getPromptId()));
  }

  /**
   * Finds which prompts of a run are in the log from some offsets on.
   *
   * @param bootstrapServers of the brokers
   * @param runId the run
   * @param offsets where to begin, by partition
   * @return their ids
   */
  public static Set<String> sentSince(
      String bootstrapServers, String runId, Map<Integer, Long> offsets) {
    Map<String, Object> settings = new HashMap<>(BrokerAccess.ofProcess());
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    // Where the log was cut since, what is left of it still counts.
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    Set<String> ids = new HashSet<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.PROMPTS).stream()
              .map(info -> new TopicPartition(Topics.PROMPTS, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      offsets.forEach(
          (partition, offset) ->
              consumer.seek(new TopicPartition(Topics.PROMPTS, partition), offset));
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          id(record, runId).ifPresent(ids::add);
        }
      }
    }
    return ids;
  }

  private static Optional<String> id(ConsumerRecord<String, byte[]> record, String runId) {
    try {
      Prompt prompt = Prompt.parseFrom(record.value());
      return prompt.getRunId().equals(runId) ? Optional.of(prompt.getPromptId()) : Optional.empty();
    } catch (InvalidProtocolBufferException e) {
      // Somebody else's broken record: the policies put it aside, and it is none of this run's.
      return Optional.empty();
    }
  }
}
