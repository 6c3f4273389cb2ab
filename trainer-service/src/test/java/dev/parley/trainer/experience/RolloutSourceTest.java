package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyRollouts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class RolloutSourceTest {

  private final String run = "source-" + UUID.randomUUID();
  private final List<String> warnings = new ArrayList<>();
  private TestBroker broker;
  private Map<Integer, Long> beginning;

  @BeforeEach
  void remember(TestBroker started) {
    broker = started;
    beginning = RolloutSource.endOffsets(broker.bootstrapServers(), Topics.ROLLOUTS);
  }

  private RolloutSource open(Map<Integer, Long> offsets, long consumedUpdate) {
    return new RolloutSource(
        broker.bootstrapServers(),
        run,
        offsets,
        consumedUpdate,
        (code, message) -> warnings.add(code + ": " + message));
  }

  private void send(long update, String promptId) {
    Rollout rollout = ToyRollouts.rollout(run, update, promptId);
    broker.send(Topics.ROLLOUTS, run + "/" + promptId, rollout.toByteArray());
  }

  /** Reads until everything that is committed now has been seen. */
  private void readAll(RolloutSource source) {
    Map<Integer, Long> ends = RolloutSource.endOffsets(broker.bootstrapServers(), Topics.ROLLOUTS);
    while (!reached(source, ends)) {
      source.poll();
    }
  }

  private static boolean reached(RolloutSource source, Map<Integer, Long> ends) {
    return ends.entrySet().stream()
        .allMatch(end -> source.positions().get(end.getKey()) >= end.getValue());
  }

  private static List<String> ids(List<Rollout> rollouts) {
    return rollouts.stream().map(rollout -> rollout.getPrompt().getPromptId()).toList();
  }

  @Test
  void rolloutsAreTakenInTheOrderOfThePromptsNotOfTheirArrival() {
    send(1, "b");
    send(1, "c");
    send(1, "a");
    try (RolloutSource source = open(beginning, 0)) {
      readAll(source);
      assertThat(source.arrived(1)).containsExactlyInAnyOrder("a", "b", "c");
      assertThat(ids(source.find(1, List.of("a", "b", "c")))).containsExactly("a", "b", "c");
    }
  }

  @Test
  void rolloutsWaitForTheUpdateThatWantsThem() {
    send(2, "late");
    send(1, "first");
    try (RolloutSource source = open(beginning, 0)) {
      readAll(source);
      assertThat(source.buffered()).isEqualTo(2);
      assertThat(ids(source.find(1, List.of("first")))).containsExactly("first");
      source.finish(1);
      assertThat(source.buffered()).isEqualTo(1);
      assertThat(ids(source.find(2, List.of("late")))).containsExactly("late");
    }
  }

  @Test
  void rolloutsOfOtherRunsAreNotSeen() {
    broker.send(Topics.ROLLOUTS, "x", ToyRollouts.rollout("other", 1, "a").toByteArray());
    try (RolloutSource source = open(beginning, 0)) {
      readAll(source);
      assertThat(source.arrived(1)).isEmpty();
    }
  }

  @Test
  void aRolloutThatComesTwiceIsTakenOnceAndCounted() {
    send(1, "a");
    send(1, "a");
    try (RolloutSource source = open(beginning, 0)) {
      readAll(source);
      assertThat(source.find(1, List.of("a"))).hasSize(1);
      assertThat(source.duplicates()).isEqualTo(1);
    }
  }

  @Test
  void onlyWhatIsCommittedIsSeen() {
    Map<String, Object> settings = new HashMap<>();
    settings.put(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    settings.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, run);
    try (KafkaProducer<String, byte[]> producer =
            new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer());
        RolloutSource source = open(beginning, 0)) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record("taken back"));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(record("kept"));
      producer.flush();
      readAll(source);
      assertThat(source.arrived(1)).isEmpty();
      producer.commitTransaction();
      while (source.arrived(1).isEmpty()) {
        source.poll();
      }
      assertThat(source.arrived(1)).containsExactly("kept");
    }
  }

  private ProducerRecord<String, byte[]> record(String promptId) {
    return new ProducerRecord<>(
        Topics.ROLLOUTS, run, ToyRollouts.rollout(run, 1, promptId).toByteArray());
  }

  @Test
  void aRecordThatIsNoRolloutIsPassedOverWithAWarningThatSaysWhere() {
    broker.send(Topics.ROLLOUTS, run, "no rollout".getBytes(StandardCharsets.UTF_8));
    send(1, "a");
    try (RolloutSource source = open(beginning, 0)) {
      readAll(source);
      assertThat(source.arrived(1)).containsExactly("a");
    }
    assertThat(warnings).hasSize(1);
    assertThat(warnings.get(0)).startsWith("unreadable_rollout: rollouts/").contains("@");
  }

  @Test
  void offsetsReadAgainExactlyWhatWasNotTaken() {
    for (String id : List.of("1a", "2a", "1b", "3a", "2b", "1c")) {
      send(Long.parseLong(id.substring(0, 1)), id);
    }
    Map<Integer, Long> offsets;
    try (RolloutSource source = open(beginning, 0)) {
      readAll(source);
      source.finish(1);
      offsets = source.offsets();
    }
    try (RolloutSource resumed = open(offsets, 1)) {
      readAll(resumed);
      assertThat(resumed.arrived(1)).isEmpty();
      assertThat(resumed.arrived(2)).containsExactlyInAnyOrder("2a", "2b");
      assertThat(resumed.arrived(3)).containsExactly("3a");
      resumed.finish(2);
      resumed.finish(3);
      assertThat(resumed.offsets()).isEqualTo(resumed.positions());
    }
  }

  @Test
  void aRolloutOfAnUpdateThatIsOverIsNoNews() {
    send(1, "a");
    try (RolloutSource source = open(beginning, 1)) {
      readAll(source);
      assertThat(source.buffered()).isZero();
      assertThat(source.duplicates()).isZero();
    }
  }

  @Test
  void aLogThatDoesNotReachToTheRunsPlaceIsAnErrorThatSaysWhatToDo() {
    Map<Integer, Long> beyond = new HashMap<>(beginning);
    beyond.replaceAll((partition, offset) -> offset + 1_000_000);
    try (RolloutSource source = open(beyond, 0)) {
      assertThatThrownBy(
              () -> {
                while (true) {
                  source.poll();
                }
              })
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining(run)
          .hasMessageContaining("retention.ms");
    }
  }

  @Test
  void aMissingTopicIsNamed() {
    assertThatThrownBy(() -> RolloutSource.endOffsets(broker.bootstrapServers(), "no-such-topic"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("no-such-topic");
  }
}
