package dev.parley.cli.quickstart;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.proto.Topics;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads a run's rollouts from Kafka, as any client could, and gives them the gold score that the
 * reward model only approximates.
 */
final class GoldWatch {

  private GoldWatch() {}

  /** Means over the answers of one update. */
  record Point(long update, double gold, double score, double kl, double length) {}

  /**
   * Reads all committed rollouts of a run.
   *
   * @param bootstrapServers of the broker
   * @param runId the run
   * @return one point per update, in order
   */
  static List<Point> read(String bootstrapServers, String runId) {
    Map<String, Object> settings =
        Map.of(
            ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
            bootstrapServers,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            "read_committed",
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            false,
            ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
            16 << 20);
    Map<Long, List<Point>> answers = new TreeMap<>();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.ROLLOUTS).stream()
              .map(info -> new TopicPartition(Topics.ROLLOUTS, info.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
      while (partitions.stream().anyMatch(p -> consumer.position(p) < ends.get(p))) {
        for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          add(answers, record, runId);
        }
      }
    }
    List<Point> points = new ArrayList<>();
    answers.forEach((update, all) -> points.add(mean(update, all)));
    return points;
  }

  private static void add(
      Map<Long, List<Point>> answers, ConsumerRecord<String, byte[]> record, String runId) {
    Rollout rollout;
    try {
      rollout = Rollout.parseFrom(record.value());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(
          "rollout at offset " + record.offset() + " is no Rollout message", e);
    }
    if (!rollout.getPrompt().getRunId().equals(runId)) {
      return;
    }
    String question = rollout.getPrompt().getConversation().getMessages(0).getContent();
    for (Completion completion : rollout.getCompletionsList()) {
      if (completion.getReferenceStatus() == Status.STATUS_OK
          && completion.getScoresCount() > 0
          && completion.getScores(0).getStatus() == Status.STATUS_OK) {
        long update = rollout.getPrompt().getUpdate();
        answers
            .computeIfAbsent(update, u -> new ArrayList<>())
            .add(
                new Point(
                    update,
                    HouseholdTask.gold(question, completion.getText()),
                    completion.getScores(0).getValue(),
                    kl(completion),
                    completion.getTokenIdsCount()));
      }
    }
  }

  private static double kl(Completion completion) {
    double sum = 0;
    for (int t = 0; t < completion.getTokenIdsCount(); t++) {
      sum += completion.getSamplingLogProbs(t) - completion.getReferenceLogProbs(t);
    }
    return sum;
  }

  private static Point mean(long update, List<Point> all) {
    return new Point(
        update,
        all.stream().mapToDouble(Point::gold).average().orElseThrow(),
        all.stream().mapToDouble(Point::score).average().orElseThrow(),
        all.stream().mapToDouble(Point::kl).average().orElseThrow(),
        all.stream().mapToDouble(Point::length).average().orElseThrow());
  }
}
