package dev.parley.cli.runs;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.cli.Failure;
import dev.parley.proto.BrokerAccess;
import dev.parley.proto.Topics;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * What the topics hold of one run.
 *
 * @param prompts different prompts
 * @param rollouts committed rollouts
 * @param missing prompts without a rollout
 * @param repeated prompts with several
 * @param unasked rollouts whose prompt is not in the topic
 * @param ofOthers rollouts of other runs
 */
record CommittedRollouts(
    int prompts,
    int rollouts,
    List<String> missing,
    List<String> repeated,
    List<String> unasked,
    int ofOthers) {

  private static final Duration POLL = Duration.ofMillis(200);
  private static final int PATIENCE_MILLIS = 20_000;

  /** Whether every prompt, of which there are some, has exactly one rollout. */
  boolean isWhole() {
    return prompts > 0 && missing.isEmpty() && repeated.isEmpty() && unasked.isEmpty();
  }

  /**
   * Counts what is committed now.
   *
   * @param bootstrap the brokers
   * @param run the run
   * @throws org.apache.kafka.common.KafkaException if the brokers cannot be read
   */
  static CommittedRollouts count(String bootstrap, String run) {
    Map<String, Object> settings = new HashMap<>(BrokerAccess.ofProcess());
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    settings.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, PATIENCE_MILLIS);
    Set<String> asked = new TreeSet<>();
    Map<String, Integer> answered = new TreeMap<>();
    int[] ofOthers = {0};
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      each(
          consumer,
          Topics.PROMPTS,
          record -> {
            Prompt prompt = prompt(record);
            if (prompt.getRunId().equals(run)) {
              asked.add(prompt.getPromptId());
            }
          });
      each(
          consumer,
          Topics.ROLLOUTS,
          record -> {
            Prompt prompt = rollout(record).getPrompt();
            if (prompt.getRunId().equals(run)) {
              answered.merge(prompt.getPromptId(), 1, Integer::sum);
            } else {
              ofOthers[0]++;
            }
          });
    }
    return new CommittedRollouts(
        asked.size(),
        answered.values().stream().mapToInt(Integer::intValue).sum(),
        asked.stream().filter(id -> !answered.containsKey(id)).toList(),
        answered.keySet().stream().filter(id -> answered.get(id) > 1).toList(),
        answered.keySet().stream().filter(id -> !asked.contains(id)).toList(),
        ofOthers[0]);
  }

  private static void each(
      KafkaConsumer<byte[], byte[]> consumer,
      String topic,
      Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    List<TopicPartition> partitions = new ArrayList<>();
    consumer
        .partitionsFor(topic)
        .forEach(info -> partitions.add(new TopicPartition(topic, info.partition())));
    if (partitions.isEmpty()) {
      throw new Failure("the brokers have no topic \"" + topic + "\"", "");
    }
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    // Under read_committed these are the last stable offsets: what is open now does not count.
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
    while (partitions.stream().anyMatch(one -> consumer.position(one) < ends.get(one))) {
      consumer.poll(POLL).forEach(sink);
    }
  }

  private static Prompt prompt(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Prompt.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      // The policies put it aside; it is no run's.
      return Prompt.getDefaultInstance();
    }
  }

  private static Rollout rollout(ConsumerRecord<byte[], byte[]> record) {
    try {
      return Rollout.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      throw new Failure(
          "%s-%d, offset %d, is no rollout: %s"
              .formatted(record.topic(), record.partition(), record.offset(), e.getMessage()),
          "Something else writes to the topic.",
          e);
    }
  }
}
