package dev.parley.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.data.ChatTurn;
import dev.parley.data.Demonstration;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.file.Dataset;
import dev.parley.data.file.ReadOptions;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.kafka.TestBroker;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.UUID;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What topics hold, on a real broker. */
class TopicFileTest {

  private static final int PARTITIONS = 2;

  private static TestBroker broker;

  @TempDir Path directory;

  private String topic;

  @BeforeAll
  static void start() {
    broker = TestBroker.start();
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  /** Each test has a topic of its own. */
  @BeforeEach
  void topic() {
    topic = "preferences-" + UUID.randomUUID();
    broker.createTopic(topic, PARTITIONS);
  }

  private static Preference pair(String chosen, PreferenceSource source) {
    return new Preference(
        List.of(ChatTurn.system("Be brief."), ChatTurn.user("Is the sea salty?")),
        List.of(ChatTurn.assistant(chosen)),
        List.of(ChatTurn.assistant("No.")),
        OptionalDouble.of(1.5),
        false,
        source,
        "anna",
        OptionalDouble.of(0.75));
  }

  private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.put("bootstrap.servers", broker.bootstrapServers());
    return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer());
  }

  private ProducerRecord<byte[], byte[]> record(int partition, byte[] value) {
    return new ProducerRecord<>(topic, partition, new byte[] {1}, value);
  }

  private static byte[] bytes(Preference preference) {
    return PreferenceEvent.of(preference, "since it is", 7).toByteArray();
  }

  private void send(int partition, byte[]... values) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
      for (byte[] value : values) {
        producer.send(record(partition, value));
      }
    }
  }

  private TopicReading keep(Set<PreferenceSource> wanted, boolean skipBad) {
    return TopicFile.keep(
        directory.resolve("kept.jsonl"),
        ExampleTopic.PREFERENCES,
        topic,
        broker.bootstrapServers(),
        wanted,
        skipBad);
  }

  private List<Preference> kept() {
    return Dataset.of(directory.resolve("kept.jsonl").toString())
        .preferences(ReadOptions.strict())
        .readAll();
  }

  @Test
  void aPreferenceComesBackAsItWasSentAndOnceHoweverOftenItWasSent() {
    Preference tie =
        new Preference(
            List.of(ChatTurn.user("Which?")),
            List.of(ChatTurn.assistant("a")),
            List.of(ChatTurn.assistant("b")),
            OptionalDouble.empty(),
            true,
            PreferenceSource.HUMAN,
            "");
    Preference judged = pair("Yes.", PreferenceSource.HUMAN);
    send(1, bytes(tie));
    send(0, bytes(judged), bytes(judged));

    TopicReading reading = keep(Set.of(), false);

    assertThat(kept()).containsExactly(judged, tie);
    assertThat(reading.rows()).isEqualTo(2);
    assertThat(reading.repeated()).isEqualTo(1);
    assertThat(reading.bySource()).isEqualTo(Map.of("human", 2L));
    assertThat(TopicFile.reading(directory.resolve("kept.jsonl"))).isEqualTo(reading);
    TopicReading.Range first = reading.offsets().get(0);
    assertThat(first.to() - first.from()).isEqualTo(2);
    assertThat(reading.place()).startsWith("topic:preferences 0:" + first.from() + "-");
  }

  @Test
  void labelsOfSeveralSourcesAreNotMixedUnlessSomebodySaysSo() {
    Preference human = pair("Yes.", PreferenceSource.HUMAN);
    Preference model = pair("Yes, it is.", PreferenceSource.MODEL);
    send(0, bytes(human), bytes(model));

    assertThatThrownBy(() -> keep(Set.of(), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds preferences of several sources: {HUMAN=1, MODEL=1}");
    assertThat(directory.resolve("kept.jsonl")).doesNotExist();

    keep(Set.of(PreferenceSource.MODEL), false);
    assertThat(kept()).containsExactly(model);
    assertThat(keep(Set.of(PreferenceSource.MODEL, PreferenceSource.HUMAN), false).rows())
        .isEqualTo(2);
    assertThatThrownBy(() -> keep(Set.of(PreferenceSource.RULE), false))
        .hasMessageContaining("holds no row that was judged by rule");
  }

  @Test
  void whatIsNotCommittedIsNotRead() {
    try (KafkaProducer<byte[], byte[]> producer =
        producer(Map.of("transactional.id", UUID.randomUUID().toString()))) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(record(0, bytes(pair("committed", PreferenceSource.HUMAN))));
      producer.commitTransaction();
      producer.beginTransaction();
      producer.send(record(0, bytes(pair("aborted", PreferenceSource.HUMAN))));
      producer.flush();
      producer.abortTransaction();
      producer.beginTransaction();
      producer.send(record(0, bytes(pair("open", PreferenceSource.HUMAN))));
      producer.flush();

      keep(Set.of(), false);
      producer.abortTransaction();
    }

    assertThat(kept())
        .extracting(pair -> pair.chosen().get(0).content())
        .containsExactly("committed");
  }

  @Test
  void anEventThatMakesNoPairIsNamedByItsOffsetOrCounted() {
    byte[] good = bytes(pair("Yes.", PreferenceSource.HUMAN));
    byte[] noPair =
        PreferenceEvent.of(pair("x", PreferenceSource.HUMAN), "", 0).toBuilder()
            .clearChosen()
            .build()
            .toByteArray();
    send(0, good, noPair, "garbage".getBytes(StandardCharsets.UTF_8));

    assertThatThrownBy(() -> keep(Set.of(), false))
        .hasMessageContaining("topic:preferences, partition 0, offset ")
        .hasMessageContaining("chosen has no turns");
    assertThat(keep(Set.of(), true).bad()).isEqualTo(2);
    assertThat(kept()).hasSize(1);
  }

  @Test
  void demonstrationsAreReadLikewiseAndHaveNoJudge() {
    var event =
        dev.parley.proto.demonstration.v1.Demonstration.newBuilder()
            .setDemonstrationId("1")
            .setConversation(
                Conversation.newBuilder()
                    .addMessages(Message.newBuilder().setRole("user").setContent("Hi"))
                    .addMessages(Message.newBuilder().setRole("assistant").setContent("Hello.")))
            .setSource("notes")
            .build();
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
      producer.send(record(0, event.toByteArray()));
    }
    Path file = directory.resolve("demonstrations.jsonl");

    TopicFile.keep(
        file, ExampleTopic.DEMONSTRATIONS, topic, broker.bootstrapServers(), Set.of(), false);

    assertThat(Dataset.of(file.toString()).demonstrations(ReadOptions.strict()).readAll())
        .containsExactly(
            new Demonstration(List.of(ChatTurn.user("Hi"), ChatTurn.assistant("Hello.")), "notes"));
    assertThatThrownBy(
            () ->
                TopicFile.keep(
                    file,
                    ExampleTopic.DEMONSTRATIONS,
                    broker.bootstrapServers(),
                    Set.of(PreferenceSource.HUMAN),
                    false))
        .hasMessageContaining("topic:demonstrations has no judges");
  }

  @Test
  void anEmptyTopicHoldsNothingToLearnFromAndSaysSo() {
    assertThatThrownBy(() -> keep(Set.of(), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("topic:preferences at")
        .hasMessageContaining("holds no row: it is empty");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aTopicThatTheBrokerLacksIsNamed() {
    topic = "nowhere";
    assertThatThrownBy(() -> keep(Set.of(), false))
        .hasMessageContaining("has no topic \"nowhere\"; create it first");
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void aTopicThatIsNotOneOfExamplesIsNamed() {
    assertThatThrownBy(() -> ExampleTopic.named("topic:preference"))
        .hasMessageContaining("expected one of [topic:preferences, topic:demonstrations]");
  }
}
