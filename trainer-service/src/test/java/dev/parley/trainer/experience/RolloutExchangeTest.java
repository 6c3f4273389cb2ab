package dev.parley.trainer.experience;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.proto.version.v1.VersionFile;
import dev.parley.trainer.checkpoint.VersionStore;
import dev.parley.trainer.experience.RolloutExchange.Place;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyRollouts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class RolloutExchangeTest {

  private static final Clock CLOCK = Clock.fixed(Instant.ofEpochMilli(1234), ZoneOffset.UTC);
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final String run = "exchange-" + UUID.randomUUID();
  private TestBroker broker;
  private Place start;

  @BeforeEach
  void remember(TestBroker started) {
    broker = started;
    start = Place.end(broker.bootstrapServers());
  }

  private RolloutExchange open(Place place, long consumedUpdate) {
    return new RolloutExchange(
        broker.bootstrapServers(), run, place, consumedUpdate, CLOCK, (code, message) -> {});
  }

  private void answer(long update, String promptId) {
    Rollout rollout = ToyRollouts.rollout(run, update, promptId);
    broker.send(Topics.ROLLOUTS, run + "/" + promptId, rollout.toByteArray());
  }

  private Prompt prompt(long update, String promptId) {
    return ToyRollouts.prompt(run, update, promptId);
  }

  private List<ConsumerRecord<String, byte[]>> ofThisRun(String topic) {
    return broker.committed(topic).stream().filter(record -> record.key().startsWith(run)).toList();
  }

  @Test
  void promptsAreOnTheTopicUnderRunAndId() throws InvalidProtocolBufferException {
    try (RolloutExchange exchange = open(start, 0)) {
      exchange.ask(List.of(prompt(1, "a")));
    }
    assertThat(ofThisRun(Topics.PROMPTS)).hasSize(1);
    ConsumerRecord<String, byte[]> record = ofThisRun(Topics.PROMPTS).get(0);
    assertThat(record.key()).isEqualTo(run + "/a");
    assertThat(Prompt.parseFrom(record.value())).isEqualTo(prompt(1, "a"));
  }

  @Test
  void aPromptIsAskedOnce() {
    try (RolloutExchange exchange = open(start, 0)) {
      exchange.ask(List.of(prompt(1, "a"), prompt(1, "b")));
      exchange.ask(List.of(prompt(1, "b"), prompt(2, "c")));
    }
    assertThat(ofThisRun(Topics.PROMPTS))
        .extracting(ConsumerRecord::key)
        .containsExactlyInAnyOrder(run + "/a", run + "/b", run + "/c");
  }

  @Test
  void aPromptIsAskedOnceEvenAcrossARestart() {
    broker.send(Topics.PROMPTS, "x", "no prompt".getBytes(StandardCharsets.UTF_8));
    broker.send(Topics.PROMPTS, "y", ToyRollouts.prompt("other", 1, "c").toByteArray());
    try (RolloutExchange exchange = open(start, 0)) {
      exchange.ask(List.of(prompt(1, "a"), prompt(1, "b")));
    }
    try (RolloutExchange restarted = open(start, 0)) {
      restarted.ask(List.of(prompt(1, "a"), prompt(1, "b"), prompt(2, "c")));
    }
    assertThat(ofThisRun(Topics.PROMPTS))
        .extracting(ConsumerRecord::key)
        .containsExactlyInAnyOrder(run + "/a", run + "/b", run + "/c");
  }

  @Test
  void awaitReturnsTheRolloutsInTheOrderOfThePrompts() {
    answer(1, "b");
    answer(1, "a");
    List<Integer> progress = new ArrayList<>();
    try (RolloutExchange exchange = open(start, 0)) {
      List<Rollout> rollouts =
          exchange.await(1, List.of("a", "b"), PATIENCE, () -> false, progress::add);
      assertThat(rollouts)
          .extracting(rollout -> rollout.getPrompt().getPromptId())
          .containsExactly("a", "b");
    }
    assertThat(progress).isNotEmpty().isSorted().endsWith(2);
  }

  @Test
  void awaitEndsWithNothingWhenTheRunIsToStop() {
    answer(1, "a");
    try (RolloutExchange exchange = open(start, 0)) {
      AtomicInteger here = new AtomicInteger();
      assertThat(
              exchange.await(
                  1, List.of("a", "b"), PATIENCE, () -> here.get() == 1, count -> here.set(count)))
          .isEmpty();
    }
  }

  @Test
  void whatWasWaitedForWhenTheRunStoppedIsReadAgain() {
    answer(1, "a");
    Place place;
    try (RolloutExchange exchange = open(start, 0)) {
      AtomicInteger here = new AtomicInteger();
      exchange.await(1, List.of("a", "b"), PATIENCE, () -> here.get() == 1, here::set);
      place = new Place(exchange.rolloutOffsets(), start.prompts());
    }
    answer(1, "b");
    try (RolloutExchange resumed = open(place, 0)) {
      assertThat(resumed.await(1, List.of("a", "b"), PATIENCE, () -> false, count -> {}))
          .hasSize(2);
    }
  }

  @Test
  void moreOfAnUpdateMayBeWaitedForUntilItIsFinished() {
    answer(1, "a");
    answer(1, "b");
    try (RolloutExchange exchange = open(start, 0)) {
      assertThat(exchange.await(1, List.of("a"), PATIENCE, () -> false, count -> {})).hasSize(1);
      assertThat(exchange.await(1, List.of("b", "a"), PATIENCE, () -> false, count -> {}))
          .hasSize(2);
      assertThat(exchange.rolloutOffsets()).as("all of it is read again").isNotEqualTo(end());
      exchange.finish(1);
      assertThat(exchange.rolloutOffsets()).isEqualTo(end());
    }
  }

  private Map<Integer, Long> end() {
    return Place.end(broker.bootstrapServers()).rollouts();
  }

  @Test
  void awaitGivesUpWithAMessageThatSaysWhatToLookAt() {
    answer(3, "a");
    try (RolloutExchange exchange = open(start, 2)) {
      exchange.await(3, List.of("a"), PATIENCE, () -> false, count -> {});
      assertThatThrownBy(
              () -> exchange.await(4, List.of("b", "c"), Duration.ZERO, () -> false, count -> {}))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("no rollout of run " + run)
          .hasMessageContaining("0 of 2 of update 4 are here")
          .hasMessageContaining("parley.policy.run-id=" + run)
          .hasMessageContaining(broker.bootstrapServers());
    }
  }

  @Test
  void anAnnouncementNamesVersionChecksumAndPlace() throws InvalidProtocolBufferException {
    Path directory = Path.of("/runs/r/versions/version-000003/model");
    try (RolloutExchange exchange = open(start, 0)) {
      exchange.announce(3, "abc", directory, 3);
    }
    PolicyVersion announced =
        PolicyVersion.parseFrom(ofThisRun(Topics.POLICY_VERSIONS).get(0).value());
    assertThat(announced.getRunId()).isEqualTo(run);
    assertThat(announced.getVersion().getVersion()).isEqualTo(3);
    assertThat(announced.getVersion().getChecksum()).isEqualTo("abc");
    assertThat(announced.getCheckpointUri()).isEqualTo(directory.toUri().toString());
    assertThat(announced.getUpdate()).isEqualTo(3);
    assertThat(announced.getAnnouncedAtMs()).isEqualTo(1234);
  }

  @Test
  void aFileThatIsWrittenIsToldOfWithItsPlaceAndChecksum() throws InvalidProtocolBufferException {
    Path file = Path.of("/runs/r/versions/.incomplete-version-000003/model/model.safetensors");
    try (RolloutExchange exchange = open(start, 0)) {
      exchange.written(new VersionStore.WrittenFile(3, file, "abc", 2));
    }
    VersionFile told = VersionFile.parseFrom(ofThisRun(Topics.VERSION_FILES).get(0).value());
    assertThat(told)
        .isEqualTo(
            VersionFile.newBuilder()
                .setRunId(run)
                .setVersion(3)
                .setFileUri(file.toUri().toString())
                .setChecksum("abc")
                .setFiles(2)
                .build());
  }

  @Test
  void withoutTheTopicOfFilesARunGoesOn() {
    try (TestBroker older = TestBroker.start()) {
      List.of(Topics.PROMPTS, Topics.ROLLOUTS, Topics.POLICY_VERSIONS)
          .forEach(topic -> older.createTopic(topic, 1));
      try (RolloutExchange exchange =
          new RolloutExchange(
              older.bootstrapServers(),
              run,
              Place.end(older.bootstrapServers()),
              0,
              CLOCK,
              (code, message) -> {})) {
        exchange.written(new VersionStore.WrittenFile(3, Path.of("/none"), "abc", 2));
        exchange.announce(3, "abc", Path.of("/runs"), 3);
      }
      assertThat(older.committed(Topics.POLICY_VERSIONS)).hasSize(1);
    }
  }

  @Test
  void aNewRunBeginsAtTheEndOfTheLog() {
    answer(1, "before");
    Place end = Place.end(broker.bootstrapServers());
    answer(1, "after");
    try (RolloutExchange exchange = open(end, 0)) {
      List<Rollout> rollouts =
          exchange.await(1, List.of("after"), PATIENCE, () -> false, count -> {});
      assertThat(rollouts).hasSize(1);
      assertThat(exchange.duplicates()).isZero();
      exchange.finish(1);
      assertThat(exchange.rolloutOffsets())
          .isEqualTo(Place.end(broker.bootstrapServers()).rollouts());
    }
  }

  @Test
  void promptsAreFoundAgainEvenIfTheLogWasCutBeforeThem() throws Exception {
    byte[] old = ToyRollouts.prompt("other", 1, "old").toByteArray();
    broker.send(Topics.PROMPTS, run + "/a", old); // the same key, so the same partition
    Map<Integer, Long> cut = Place.end(broker.bootstrapServers()).prompts();
    try (RolloutExchange exchange = open(start, 0)) {
      exchange.ask(List.of(prompt(1, "a")));
    }
    deletePrompts(cut);
    assertThat(PromptFeed.sentSince(broker.bootstrapServers(), run, start.prompts()))
        .containsExactly("a");
  }

  private void deletePrompts(Map<Integer, Long> before) throws Exception {
    Map<TopicPartition, RecordsToDelete> deletions = new HashMap<>();
    before.forEach(
        (partition, offset) ->
            deletions.put(
                new TopicPartition(Topics.PROMPTS, partition),
                RecordsToDelete.beforeOffset(offset)));
    Map<String, Object> settings =
        Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServers());
    try (Admin admin = Admin.create(settings)) {
      admin.deleteRecords(deletions).all().get();
    }
  }
}
