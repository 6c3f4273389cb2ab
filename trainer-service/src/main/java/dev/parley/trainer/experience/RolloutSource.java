package dev.parley.trainer.experience;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.proto.BrokerAccess;
import dev.parley.proto.Topics;
import dev.parley.proto.rollout.v1.Rollout;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads one run's committed rollouts and sorts them by the update that wants them.
 *
 * <p>There is no consumer group: where to read from is part of the trainer's checkpoint, so that
 * weights and offsets cannot disagree.
 */
public final class RolloutSource implements AutoCloseable {

  /** Of a reader that has learnt from no update yet; clients' own prompts have update 0. */
  static final long NOTHING_CONSUMED = -1;

  private static final Duration POLL = Duration.ofMillis(100);

  private final String runId;
  private final BiConsumer<String, String> warnings;
  private final KafkaConsumer<String, byte[]> consumer;
  private final Map<Long, Map<String, Arrived>> byUpdate = new TreeMap<>();
  private long consumedUpdate;
  private long duplicates;

  /** A rollout and where it lies in the log. */
  private record Arrived(Rollout rollout, int partition, long offset) {}

  /**
   * Starts to read.
   *
   * @param bootstrapServers of the brokers
   * @param runId the run
   * @param offsets where to read from, by partition; partitions that are not in it are read from
   *     their beginning
   * @param consumedUpdate the last update whose rollouts have been learnt from
   * @param warnings told of records that cannot be read: a code and a message
   */
  public RolloutSource(
      String bootstrapServers,
      String runId,
      Map<Integer, Long> offsets,
      long consumedUpdate,
      BiConsumer<String, String> warnings) {
    this.runId = runId;
    this.consumedUpdate = consumedUpdate;
    this.warnings = warnings;
    this.consumer = consumer(bootstrapServers);
    List<TopicPartition> partitions = partitions(consumer, Topics.ROLLOUTS);
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    offsets.forEach(
        (partition, offset) ->
            consumer.seek(new TopicPartition(Topics.ROLLOUTS, partition), offset));
  }

  private static KafkaConsumer<String, byte[]> consumer(String bootstrapServers) {
    Map<String, Object> settings = new HashMap<>(BrokerAccess.ofProcess());
    settings.put(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrapServers);
    settings.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    settings.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    settings.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    settings.put(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG, 16 << 20);
    return new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private static List<TopicPartition> partitions(
      KafkaConsumer<String, byte[]> consumer, String topic) {
    List<TopicPartition> partitions =
        consumer.partitionsFor(topic).stream()
            .map(info -> new TopicPartition(topic, info.partition()))
            .toList();
    if (partitions.isEmpty()) {
      throw new IllegalStateException("the broker has no topic \"" + topic + "\"; create it first");
    }
    return partitions;
  }

  /**
   * Returns where a topic ends now.
   *
   * @param bootstrapServers of the brokers
   * @param topic the topic
   * @return the next offset of each partition
   */
  public static Map<Integer, Long> endOffsets(String bootstrapServers, String topic) {
    try (KafkaConsumer<String, byte[]> consumer = consumer(bootstrapServers)) {
      Map<Integer, Long> offsets = new TreeMap<>();
      consumer
          .endOffsets(partitions(consumer, topic))
          .forEach((partition, offset) -> offsets.put(partition.partition(), offset));
      return offsets;
    }
  }

  /** Returns whether the brokers have a topic, and does not make it. */
  boolean topicExists(String topic) {
    return consumer.listTopics().containsKey(topic);
  }

  /**
   * Reads what has arrived, waiting a moment if nothing has.
   *
   * @return whether something of this run arrived
   * @throws IllegalStateException if the log no longer reaches back to where the run stands
   */
  public boolean poll() {
    boolean arrived = false;
    try {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        arrived |= take(record);
      }
    } catch (OffsetOutOfRangeException e) {
      throw new IllegalStateException(
          "the log does not hold the rollouts that run "
              + runId
              + " goes on with, from "
              + e.offsetOutOfRangePartitions()
              + "; they were deleted, or the broker is another one. Begin a new run from the"
              + " newest published version, and raise retention.ms of topic \""
              + Topics.ROLLOUTS
              + "\"",
          e);
    }
    return arrived;
  }

  private boolean take(ConsumerRecord<String, byte[]> record) {
    Rollout rollout;
    try {
      rollout = Rollout.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      String where = record.topic() + "/" + record.partition() + "@" + record.offset();
      warnings.accept(
          "unreadable_rollout",
          where + " is no Rollout message and was passed over: " + e.getMessage());
      return false;
    }
    if (!rollout.getPrompt().getRunId().equals(runId)) {
      return false;
    }
    long update = rollout.getPrompt().getUpdate();
    if (update <= consumedUpdate) {
      return false; // read again after a restart
    }
    Arrived earlier =
        byUpdate
            .computeIfAbsent(update, u -> new HashMap<>())
            .putIfAbsent(
                rollout.getPrompt().getPromptId(),
                new Arrived(rollout, record.partition(), record.offset()));
    if (earlier != null) {
      duplicates++;
    }
    return earlier == null;
  }

  /** Returns which prompts of an update have their rollouts here. */
  public Set<String> arrived(long update) {
    return Set.copyOf(byUpdate.getOrDefault(update, Map.of()).keySet());
  }

  /**
   * Finds rollouts of an update.
   *
   * @param update the update, which must be the next
   * @param promptIds some of its prompts
   * @return the rollouts that are here, in the order of the prompts
   */
  public List<Rollout> find(long update, List<String> promptIds) {
    Map<String, Arrived> here = byUpdate.getOrDefault(update, Map.of());
    return promptIds.stream().filter(here::containsKey).map(id -> here.get(id).rollout()).toList();
  }

  /** Returns all rollouts that are here, in the order of updates, then of prompts' names. */
  List<Rollout> all() {
    return byUpdate.values().stream()
        .flatMap(ofUpdate -> new TreeMap<>(ofUpdate).values().stream())
        .map(Arrived::rollout)
        .toList();
  }

  /** Forgets the rollouts of an update, whether they are here or still to come. */
  public void finish(long update) {
    byUpdate.remove(update);
    consumedUpdate = update;
  }

  /** Returns how many rollouts came a second time, and were passed over. */
  public long duplicates() {
    return duplicates;
  }

  /** Returns how many committed records are left to read, as far as the newest poll knows. */
  public long lag() {
    return consumer.assignment().stream()
        .mapToLong(partition -> consumer.currentLag(partition).orElse(0))
        .sum();
  }

  /** Returns how many rollouts wait to be learnt from. */
  public int buffered() {
    return byUpdate.values().stream().mapToInt(Map::size).sum();
  }

  /**
   * Returns from where a restarted trainer must read so as to see all of updates that are not
   * finished.
   */
  public Map<Integer, Long> offsets() {
    Map<Integer, Long> offsets = positions();
    for (Map<String, Arrived> waiting : byUpdate.values()) {
      for (Arrived arrived : waiting.values()) {
        offsets.merge(arrived.partition(), arrived.offset(), Math::min);
      }
    }
    return offsets;
  }

  /** Returns up to where the log has been read. */
  Map<Integer, Long> positions() {
    Map<Integer, Long> positions = new TreeMap<>();
    for (TopicPartition partition : consumer.assignment()) {
      positions.put(partition.partition(), consumer.position(partition));
    }
    return positions;
  }

  @Override
  public void close() {
    consumer.close();
  }
}
