package dev.parley.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.events.TopicFile;
import dev.parley.model.TinyModel;
import dev.parley.proto.Topics;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.preference.v1.Preference;
import dev.parley.proto.preference.v1.PreferenceSource;
import dev.parley.trainer.run.RunDirectory;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The trainer's command: what it prints, what it returns, what it leaves behind. */
@ExtendWith(SharedBroker.class)
class TrainCommandTest {

  /** Updates of {@link #settings}: 24 rows, 5 epochs, 4 rows at a time. */
  private static final int UPDATES = 30;

  @TempDir private static Path shared;
  private static Path model;
  private static Path data;

  @TempDir private Path directory;

  private final StringWriter said = new StringWriter();

  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    data =
        ToyFiles.write(
            shared.resolve("data.jsonl"),
            IntStream.range(0, 24)
                .mapToObj(i -> "" + (char) ('a' + i))
                .map(letter -> ToyFiles.demonstration("echo " + letter, letter.repeat(9)))
                .toList());
  }

  private static List<String> settings(Path run, String... more) {
    List<String> arguments = new ArrayList<>(List.of("train", "sft"));
    for (String set :
        List.of(
            "run.id=r",
            "run.directory=" + run,
            "model.path=" + model,
            "data.files=" + data,
            "data.held-out=0",
            "sft.epochs=5",
            "sft.batch-size=4",
            "checkpoint.every=4",
            "engine.threads=1")) {
      arguments.addAll(List.of("--set", set));
    }
    for (String set : more) {
      arguments.addAll(List.of("--set", set));
    }
    return arguments;
  }

  private int run(List<String> arguments) {
    return TrainerProcess.command(new PrintWriter(said, true), arguments.toArray(String[]::new));
  }

  private Path runDirectory() {
    return directory.resolve("run");
  }

  // ---- exit codes

  @Test
  void aRunThatMakesAllItsUpdatesReturnsZeroAndLeavesAModel() throws IOException {
    assertThat(run(settings(runDirectory()))).as(said::toString).isZero();
    RunDirectory files = new RunDirectory(runDirectory());
    assertThat(files.model().resolve("model.safetensors")).exists();
    assertThat(Files.readAllLines(files.metrics())).hasSize(UPDATES);
  }

  @Test
  void aRunThatFailsReturnsOneAndSaysWhyInOneSentence() throws IOException {
    Path broken = Files.writeString(directory.resolve("broken.jsonl"), "{\"messages\": 5}\n");
    assertThat(run(settings(runDirectory(), "data.files=" + broken))).isEqualTo(1);
    assertThat(said.toString())
        .contains(broken + "", "messages")
        .doesNotContain("\tat ", "Exception:");
  }

  @Test
  void aRunThatFailedWhileItReadItsDataHasNotBegunAndMayBeStartedAgain() throws IOException {
    Path broken = Files.writeString(directory.resolve("broken.jsonl"), "{\"messages\": 5}\n");
    assertThat(run(settings(runDirectory(), "data.files=" + broken))).isEqualTo(1);
    assertThat(run(settings(runDirectory(), "run.resume=true"))).isEqualTo(2);
    assertThat(said.toString()).contains("holds no run to go on with");
    assertThat(run(settings(runDirectory()))).as(said::toString).isZero();
    assertThat(Files.readAllLines(new RunDirectory(runDirectory()).metrics())).hasSize(UPDATES);
    assertThat(run(settings(runDirectory()))).isEqualTo(2);
    assertThat(said.toString()).contains("holds a run already");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          sft.batchsize=4            | sft.batch-size
          optimiser.learning-rate=1  | optimizer.learning-rate
          optimizer.schedule=cosin   | cosine
          sft.epochs=0               | at least 1
          sft.epochs=many            | sft.epochs
          model.path=/nowhere        | /nowhere
          engine.device=tpu          | expected cpu, cuda or cuda:N
          noequalssign               | noequalssign
          """)
  void aWrongSettingReturnsTwoNamesTheRightOneAndStartsNothing(String set, String named) {
    assertThat(run(settings(runDirectory(), set))).isEqualTo(2);
    assertThat(said.toString()).contains(named);
    assertThat(runDirectory()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"sftt, sft", "reward, reward-model", "pp0, ppo"})
  void aWrongRecipeReturnsTwoAndNamesTheNearest(String recipe, String nearest) {
    assertThat(run(List.of("train", recipe))).isEqualTo(2);
    assertThat(said.toString()).contains("did you mean \"" + nearest + "\"?");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "--set-all", "describe"})
  void anythingElseReturnsTwo(String arguments) {
    assertThat(run(arguments.isEmpty() ? List.of() : List.of(arguments))).isEqualTo(2);
    assertThat(said.toString()).isNotBlank();
  }

  // ---- topics as data

  @Test
  void aTopicIsReadOnceAndAResumedRunLearnsFromTheSameRows(TestBroker broker) throws IOException {
    broker.createTopic(Topics.PREFERENCES, 2);
    for (int i = 0; i < 6; i++) {
      send(broker, "word " + i, PreferenceSource.PREFERENCE_SOURCE_HUMAN);
    }
    send(broker, "of a judge", PreferenceSource.PREFERENCE_SOURCE_MODEL);
    List<String> arguments =
        List.of(
            "train",
            "reward-model",
            "--set",
            "run.id=topic",
            "--set",
            "run.directory=" + runDirectory(),
            "--set",
            "model.path=" + model,
            "--set",
            "data.files=topic:preferences",
            "--set",
            "data.held-out=0",
            "--set",
            "reward-model.batch-size=2",
            "--set",
            "checkpoint.every=1",
            "--set",
            "engine.threads=1");
    assertThat(run(arguments)).isEqualTo(2);
    assertThat(said.toString()).contains("run.kafka is not given, and [topic:preferences]");
    List<String> withBroker = with(arguments, "run.kafka=" + broker.bootstrapServers());
    assertThat(run(with(withBroker, "run.directory=" + directory.resolve("mixed")))).isEqualTo(1);
    assertThat(said.toString()).contains("several sources: {HUMAN=6, MODEL=1}");

    // A start that fails after it has read the topic leaves nothing that the next one learns from.
    List<String> ofTheJudge = with(withBroker, "data.source=model", "reward-model.judged-by=rule");
    assertThat(run(ofTheJudge)).isEqualTo(1);
    assertThat(said.toString()).contains("there is no row to learn from");
    Path kept = new RunDirectory(runDirectory()).topic("preferences");
    assertThat(Files.readAllLines(kept)).hasSize(1);

    List<String> ofPeople = with(withBroker, "data.source=human");
    assertThat(run(ofPeople)).as(said::toString).isZero();

    List<String> rows = Files.readAllLines(kept);
    assertThat(rows).hasSize(6).allMatch(row -> row.contains("\"source\":\"human\""));
    assertThat(Files.readString(TopicFile.offsets(kept))).contains("\"to\"");
    assertThat(Files.readAllLines(new RunDirectory(runDirectory()).metrics())).hasSize(3);

    send(broker, "later", PreferenceSource.PREFERENCE_SOURCE_HUMAN);
    assertThat(run(with(ofPeople, "run.resume=true", "reward-model.epochs=2"))).isZero();
    assertThat(Files.readAllLines(kept)).isEqualTo(rows);
    assertThat(Files.readAllLines(new RunDirectory(runDirectory()).metrics())).hasSize(6);
  }

  private static List<String> with(List<String> arguments, String... sets) {
    List<String> all = new ArrayList<>(arguments);
    for (String set : sets) {
      all.addAll(List.of("--set", set));
    }
    return all;
  }

  private static void send(TestBroker broker, String prompt, PreferenceSource source) {
    Preference event =
        Preference.newBuilder()
            .setPreferenceId(prompt)
            .setPrompt(conversation("user", prompt))
            .setChosen(conversation("assistant", "zz"))
            .setRejected(conversation("assistant", "a"))
            .setSource(source)
            .build();
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(Topics.PREFERENCES, event.toByteArray()));
    }
  }

  private static Conversation conversation(String role, String text) {
    return Conversation.newBuilder()
        .addMessages(Message.newBuilder().setRole(role).setContent(text))
        .build();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "data.files=topic:preference|expected one of [topic:preferences, topic:demonstrations]",
        "data.source=human|data.source is for topic:preferences, which data.files does not name",
        "data.source=people|data.source",
      })
  void aTopicThatCannotBeMeantReturnsTwoAndStartsNothing(String set, String message) {
    assertThat(run(settings(runDirectory(), set, "run.kafka=localhost:1"))).isEqualTo(2);
    assertThat(said.toString()).contains(message);
    assertThat(runDirectory()).doesNotExist();
  }

  @Test
  void aDirectoryThatHoldsARunIsNotOverwritten() {
    assertThat(run(settings(runDirectory()))).isZero();
    Map<String, String> before = Bytes.of(runDirectory());
    assertThat(run(settings(runDirectory()))).isEqualTo(2);
    assertThat(said.toString()).contains("holds a run already", "run.resume=true");
    assertThat(Bytes.of(runDirectory())).isEqualTo(before);
  }

  @Test
  void aRunToGoOnWithMustBeThere() {
    assertThat(run(settings(runDirectory(), "run.resume=true"))).isEqualTo(2);
    assertThat(said.toString()).contains("holds no run to go on with", "run.resume=auto");
  }

  // ---- looking first

  @Test
  void aDryRunSaysWhatItWouldDoAndDoesNothing() {
    List<String> arguments = settings(runDirectory(), "optimizer.learning-rate=0.003");
    arguments.add("--dry-run");
    assertThat(run(arguments)).isZero();
    assertThat(said.toString())
        .contains("24 to learn", "updates", "30")
        .contains("learning-rate: \"0.003\"", "schedule: \"constant\"");
    assertThat(runDirectory()).doesNotExist();
  }

  @Test
  void aDryRunSaysWhatTheMemoryIsFor() {
    List<String> arguments = settings(runDirectory());
    arguments.add("--dry-run");
    assertThat(run(arguments)).isZero();
    assertThat(said.toString())
        .contains("memory", "at most about", "weights", "gradients", "moments", "kept by passes");
  }

  @Test
  void aDryRunRefusesAModelThatNoMachineHoldsAndNamesWhatNeedsLess() throws IOException {
    Path huge = Files.createDirectory(directory.resolve("huge"));
    for (String file : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(model.resolve(file), huge.resolve(file));
    }
    Files.writeString(
        huge.resolve("config.json"),
        Files.readString(model.resolve("config.json"))
            .replaceAll("\"hidden_size\": *\\d+", "\"hidden_size\": 1048576")
            .replaceAll("\"num_hidden_layers\": *\\d+", "\"num_hidden_layers\": 64"));
    List<String> arguments = settings(runDirectory(), "model.path=" + huge);
    arguments.add("--dry-run");
    assertThat(run(arguments)).as(said::toString).isEqualTo(2);
    assertThat(said.toString())
        .contains("moments", "the run needs about", "Less would do", "model.frozen-layers=32");
  }

  @Test
  void settingsComeFromAFileAndTheCommandLineHasTheLastWord() throws IOException {
    Path file =
        Files.writeString(
            directory.resolve("run.yaml"),
            """
            sft:
              epochs: 2
            optimizer:
              learning-rate: 0.5
              schedule: cosine
            """);
    List<String> arguments = settings(runDirectory());
    arguments.addAll(List.of("--config", file.toString(), "--dry-run"));
    assertThat(run(arguments)).as(said::toString).isZero();
    assertThat(said.toString()).contains("schedule: \"cosine\"", "epochs: \"5\"");
  }

  @Test
  void describePrintsEverySettingWithItsDefault() {
    assertThat(run(List.of("describe", "ppo"))).isZero();
    assertThat(said.toString())
        .contains("ppo.clip-low  (number, from 0 to 1; default 0.2)")
        .contains("run.id  (text; required)");
  }

  // ---- processes that end before their run

  @Test
  void aProcessKilledAndStartedAgainWithTheSameSettingsEndsWithTheBytesOfAnUnbrokenOne()
      throws IOException {
    Path unbroken = directory.resolve("unbroken");
    assertThat(run(settings(unbroken))).as(said::toString).isZero();
    RunDirectory broken = new RunDirectory(runDirectory());
    for (int lines : new int[] {6, 15}) {
      try (TrainerProcess process =
          TrainerProcess.start(
              directory.resolve("output"), settings(runDirectory(), "run.resume=auto"))) {
        process.awaitLines(broken.metrics(), lines).kill();
      }
      assertThat(broken.model()).doesNotExist();
    }
    assertThat(run(settings(runDirectory(), "run.resume=auto"))).as(said::toString).isZero();
    assertSameEnd(broken, new RunDirectory(unbroken));
  }

  @Test
  void aProcessAskedToEndWritesACheckpointReturnsThreeAndGoesOnFromThere() throws IOException {
    Path unbroken = directory.resolve("unbroken");
    assertThat(run(settings(unbroken))).as(said::toString).isZero();
    RunDirectory broken = new RunDirectory(runDirectory());
    try (TrainerProcess process =
        TrainerProcess.start(
            directory.resolve("output"), settings(runDirectory(), "checkpoint.every=0"))) {
      assertThat(process.awaitLines(broken.metrics(), 5).terminate().exitCode())
          .as(process::said)
          .isEqualTo(3);
    }
    assertThat(Files.list(broken.checkpoints())).hasSize(1);
    assertThat(run(settings(runDirectory(), "run.resume=true"))).as(said::toString).isZero();
    assertSameEnd(broken, new RunDirectory(unbroken));
  }

  @Test
  void aRunThatIsStoppedBeforeItsFirstUpdateCanBeGoneOnWith() throws IOException {
    Path many = pairs("many.jsonl", 4000);
    List<String> arguments =
        with(
            List.of("train", "dpo"),
            "run.id=early",
            "run.directory=" + runDirectory(),
            "model.path=" + model,
            "data.held-out=0",
            "dpo.batch-size=4",
            "engine.threads=1");
    RunDirectory files = new RunDirectory(runDirectory());
    try (TrainerProcess process =
        TrainerProcess.start(directory.resolve("output"), with(arguments, "data.files=" + many))) {
      process.awaitText(files.events(), "computing reference log-probabilities").terminate();
      assertThat(process.exitCode()).as(process::said).isEqualTo(3);
    }
    assertThat(Files.readString(files.events()))
        .contains("RUN_OUTCOME_STOPPED", "stopped on request")
        .doesNotContain("\"started\"");
    assertThat(files.configuration()).exists();

    List<String> few = with(arguments, "data.files=" + pairs("few.jsonl", 8));
    assertThat(run(few)).isEqualTo(2);
    assertThat(said.toString()).contains("holds a run already", "run.resume=true");
    assertThat(run(with(few, "run.resume=true"))).as(said::toString).isZero();
    assertThat(Files.readAllLines(files.metrics())).hasSize(2);
  }

  private Path pairs(String name, int count) {
    return ToyFiles.write(
        directory.resolve(name),
        IntStream.range(0, count)
            .mapToObj(i -> ToyFiles.pair("say " + i, "yes " + i, "no " + i))
            .toList());
  }

  /** The model, and the last checkpoint with the optimizer's moments. */
  private static void assertSameEnd(RunDirectory broken, RunDirectory unbroken) {
    assertThat(Bytes.of(broken.model())).isEqualTo(Bytes.of(unbroken.model()));
    String last = "update-%06d".formatted(UPDATES);
    assertThat(Bytes.of(broken.checkpoints().resolve(last)))
        .isNotEmpty()
        .isEqualTo(Bytes.of(unbroken.checkpoints().resolve(last)));
  }
}
