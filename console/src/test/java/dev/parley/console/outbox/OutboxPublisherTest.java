package dev.parley.console.outbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.parley.console.ConsoleMetrics;
import dev.parley.console.TestDatabase;
import dev.parley.console.TestStudies;
import dev.parley.console.comparison.Comparisons;
import dev.parley.console.database.Database;
import dev.parley.console.study.Study;
import dev.parley.console.verdict.Reply;
import dev.parley.console.verdict.Verdicts;
import dev.parley.proto.Topics;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.preference.v1.Preference;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class OutboxPublisherTest {

  /** Nobody listens there. */
  private static final String NOWHERE = "localhost:1";

  private static TestBroker broker;

  private final Database database = TestDatabase.fresh();
  private final Outbox outbox = new Outbox(database);
  private final Verdicts verdicts =
      new Verdicts(database, outbox, Duration.ofMinutes(1), Duration.ofMinutes(30));
  private final Comparisons comparisons =
      new Comparisons(database, Duration.ofMinutes(30), () -> true);
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final ConsoleMetrics metrics = new ConsoleMetrics(registry);
  private Study study;
  private int before;

  @BeforeAll
  static void start() {
    broker = TestBroker.start();
    broker.createTopic(Topics.PREFERENCES, 1);
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @BeforeEach
  void count() {
    study = TestStudies.of(database, 5, 1);
    before = broker.committed(Topics.PREFERENCES).size();
  }

  private void judge() {
    long assignment = comparisons.next(study, "anna").orElseThrow().assignment();
    verdicts.give(study, "anna", assignment, Reply.of("left", "", "", study.design()));
  }

  private void letTheHoldPass() {
    TestDatabase.run(database, "update outbox set due_at = now() - interval '1 second'");
  }

  /** Does something while publishers are at work, and waits for these to end. */
  private void whilePublishing(int publishers, String bootstrapServers, Runnable work)
      throws InterruptedException {
    List<OutboxPublisher> running = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < publishers; i++) {
      running.add(
          new OutboxPublisher(
              outbox,
              metrics,
              Map.of("bootstrap.servers", bootstrapServers),
              Duration.ofMillis(20)));
      threads.add(new Thread(running.get(i)));
      threads.get(i).start();
    }
    try {
      work.run();
    } finally {
      running.forEach(OutboxPublisher::stop);
      for (Thread thread : threads) {
        thread.join();
      }
    }
  }

  private List<ConsumerRecord<String, byte[]>> records() {
    List<ConsumerRecord<String, byte[]>> all = broker.committed(Topics.PREFERENCES);
    return all.subList(before, all.size());
  }

  private void awaitEmpty() {
    await().until(() -> outbox.depth().events() == 0);
  }

  @Test
  void anEventGoesToTheTopicUnderItsIdWithTheStudysName() throws Exception {
    judge();
    letTheHoldPass();

    whilePublishing(1, broker.bootstrapServers(), this::awaitEmpty);

    ConsumerRecord<String, byte[]> record = records().get(0);
    assertThat(records()).hasSize(1);
    assertThat(record.key()).isEqualTo(Preference.parseFrom(record.value()).getPreferenceId());
    assertThat(
            new String(
                record.headers().lastHeader(OutboxPublisher.STUDY).value(), StandardCharsets.UTF_8))
        .isEqualTo(study.name());
    assertThat(registry.get(ConsoleMetrics.SENT).counter().count()).isEqualTo(1);
  }

  @Test
  void whatCanBeUndoneWaitsAndWhatIsUndoneNeverArrives() throws Exception {
    judge();
    judge();

    whilePublishing(
        1,
        broker.bootstrapServers(),
        () -> {
          await().until(() -> registry.get(ConsoleMetrics.OUTBOX_EVENTS).gauge().value() == 2);
          assertThat(verdicts.undo(study, "anna")).isTrue();
          letTheHoldPass();
          awaitEmpty();
        });

    assertThat(records()).hasSize(1);
    assertThat(
            Preference.parseFrom(records().get(0).value()).getPrompt().getMessages(0).getContent())
        .isEqualTo("question 1");
  }

  @Test
  void whileBrokersAreAwayVerdictsAreTakenAndWait() throws Exception {
    judge();
    judge();
    judge();
    letTheHoldPass();
    whilePublishing(
        1,
        NOWHERE,
        () -> {
          await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> registry.get(ConsoleMetrics.FAILED).counter().count() > 0);
          judge();
        });
    letTheHoldPass();
    assertThat(outbox.depth().events()).isEqualTo(4);
    assertThat(outbox.depth().ageSeconds()).isPositive();

    whilePublishing(1, broker.bootstrapServers(), this::awaitEmpty);

    assertThat(records()).hasSize(4);
  }

  @Test
  void anEventThatIsSentAgainAfterACrashHasTheSameId() throws Exception {
    judge();
    letTheHoldPass();
    whilePublishing(1, broker.bootstrapServers(), this::awaitEmpty);
    // As after a process that died between Kafka's answer and the end of its transaction.
    TestDatabase.run(database, "update outbox set sent_at = null");

    whilePublishing(1, broker.bootstrapServers(), this::awaitEmpty);

    assertThat(records()).hasSize(2);
    assertThat(records().get(0).key()).isEqualTo(records().get(1).key());
  }

  @Test
  void ofTwoReplicasOneSendsEachEvent() throws Exception {
    for (int pair = 0; pair < 5; pair++) {
      judge();
    }
    letTheHoldPass();

    whilePublishing(2, broker.bootstrapServers(), this::awaitEmpty);

    assertThat(records()).hasSize(5);
    assertThat(records()).extracting(ConsumerRecord::key).doesNotHaveDuplicates();
  }
}
