package dev.parley.cli.broker;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.ParleyProcess;
import dev.parley.cli.lineage.Lineage;
import dev.parley.cli.process.Ports;
import dev.parley.cli.process.ProgramJar;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.cli.train.FakeTrainer;
import dev.parley.events.ExampleTopic;
import dev.parley.events.TopicFile;
import dev.parley.proto.Topics;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.preference.v1.Preference;
import dev.parley.proto.preference.v1.PreferenceSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the command makes of {@code topic:} in place of a file, at a broker. */
class TopicsAsDataTest {

  @TempDir private static Path shared;
  private static EmbeddedBroker broker;

  @TempDir private Path directory;
  private CapturedTerminal terminal = CapturedTerminal.piped();

  @BeforeAll
  static void fill() throws Exception {
    broker =
        EmbeddedBroker.start(
            EmbeddedBroker.Listening.onLoopback(Ports.free()), shared.resolve("broker"));
    RunningBroker.topics(broker.bootstrap(), 1);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrap()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (Preference event :
          List.of(
              preference("1", PreferenceSource.PREFERENCE_SOURCE_HUMAN, 0),
              preference("2", PreferenceSource.PREFERENCE_SOURCE_MODEL, 0.75),
              preference("2", PreferenceSource.PREFERENCE_SOURCE_MODEL, 0.75),
              preference("3", PreferenceSource.PREFERENCE_SOURCE_HUMAN, 0))) {
        producer.send(new ProducerRecord<>(Topics.PREFERENCES, event.toByteArray())).get();
      }
    }
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  private static Preference preference(String id, PreferenceSource source, double confidence) {
    Preference.Builder event =
        Preference.newBuilder()
            .setPreferenceId(id)
            .setPrompt(said("user", "Question " + id + "?"))
            .setChosen(said("assistant", "Yes."))
            .setRejected(said("assistant", "No."))
            .setSource(source);
    if (confidence > 0) {
      event.setConfidence(confidence);
    }
    return event.build();
  }

  private static Conversation said(String role, String text) {
    return Conversation.newBuilder()
        .addMessages(Message.newBuilder().setRole(role).setContent(text))
        .build();
  }

  private int parley(String... arguments) {
    terminal = CapturedTerminal.piped();
    return Parley.run(terminal.terminal(), arguments);
  }

  private Path rows() {
    return directory.resolve("rows.jsonl");
  }

  private int convert(String... more) {
    List<String> all = new ArrayList<>(List.of("data", "convert", "topic:preferences"));
    all.addAll(List.of("--output", rows().toString()));
    all.addAll(List.of(more));
    return parley(all.toArray(String[]::new));
  }

  @Test
  void whatPeopleSaidBecomesAFileOfRows() throws IOException {
    assertThat(convert("--kafka", broker.bootstrap(), "--source", "human"))
        .as(() -> terminal.err())
        .isEqualTo(ExitCode.OK);

    assertThat(terminal.err()).contains("read 2 rows of topic:preferences 0:0-4");
    assertThat(Files.readAllLines(rows()))
        .hasSize(2)
        .allMatch(row -> row.contains("\"source\":\"human\""));
  }

  @Test
  void aLabelSentTwiceIsOneRowAndKeepsItsConfidence() throws IOException {
    assertThat(convert("--kafka", broker.bootstrap(), "--source", "model")).isZero();

    assertThat(terminal.err()).contains("1 sent twice");
    assertThat(Files.readAllLines(rows()))
        .singleElement()
        .satisfies(row -> assertThat(row).contains("\"confidence\":0.75"));
  }

  @Test
  void labelsOfPeopleAndModelsNeverMixUnseen() throws IOException {
    assertThat(convert("--kafka", broker.bootstrap())).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err())
        .contains("holds preferences of several sources: {HUMAN=2, MODEL=1}", "--source human");
    assertThat(rows()).doesNotExist();
    assertThat(convert("--kafka", broker.bootstrap(), "--source", "human,model")).isZero();
    assertThat(Files.readAllLines(rows())).hasSize(3);
  }

  @Test
  void withoutABrokerOrWithAnotherTopicTheErrorSaysWhatToDo() {
    assertThat(convert()).isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err())
        .contains("topic:preferences is read from a broker; give --kafka HOST:PORT");

    assertThat(
            parley(
                "data",
                "convert",
                "topic:preference",
                "--kafka",
                broker.bootstrap(),
                "--output",
                rows().toString()))
        .isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err())
        .contains("\"topic:preference\" is no topic that rows are read from", "topic:preferences")
        .doesNotContain("--source");
    assertThat(rows()).doesNotExist();
  }

  @Test
  void aRunReadsTheTopicAtTheBrokerAndItsLineageNamesTheOffsets() throws Exception {
    Path root = directory.toRealPath();
    ProgramJar.write(
        root.resolve("trainer-service/target/quarkus-app/quarkus-run.jar"), FakeTrainer.class);
    Path model = Files.createDirectories(root.resolve("model"));
    Files.writeString(model.resolve("config.json"), "{}");
    Files.writeString(model.resolve("model.safetensors"), "");
    // What the trainer does first: it keeps the topic in the run's directory.
    Path run = root.resolve("runs/of-people");
    TopicFile.keep(
        run.resolve("data/preferences.jsonl"),
        ExampleTopic.PREFERENCES,
        broker.bootstrap(),
        Set.of(dev.parley.data.PreferenceSource.HUMAN),
        false);

    ParleyProcess trained =
        ParleyProcess.run(
            root,
            "train",
            "dpo",
            "--model",
            model.toString(),
            "--data",
            "topic:preferences",
            "--kafka",
            broker.bootstrap(),
            "--set",
            "data.source=human",
            "--run",
            "of-people");

    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(Files.readAllLines(run.resolve("told.txt")))
        .contains(
            "data.files=topic:preferences", "run.kafka=" + broker.bootstrap(), "data.source=human");
    assertThat(Lineage.find(run.resolve("model")).orElseThrow().ancestors())
        .anySatisfy(
            data -> {
              assertThat(data.role()).isEqualTo("data");
              assertThat(data.path()).isEqualTo("topic:preferences 0:0-4");
              assertThat(data.digest()).isNotEmpty();
            });
  }
}
