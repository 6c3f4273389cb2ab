package dev.parley.cli.broker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.Parley;
import dev.parley.cli.judging.PreferenceEvents;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.judge.chat.FakeEndpoint;
import dev.parley.judge.chat.FakeEndpoint.Answer;
import dev.parley.proto.Topics;
import dev.parley.proto.preference.v1.Preference;
import dev.parley.proto.preference.v1.PreferenceSource;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What judges say, on a real broker. */
class PreferenceEventsTest {

  @TempDir Path directory;

  @Test
  void judgedPairsAreEventsThatSayWhoJudgedAndTheSameOnesAgain() throws Exception {
    Path pairs =
        Files.writeString(
            directory.resolve("pairs.jsonl"),
            "{\"prompt\":\"Q1\",\"chosen\":\"bad\",\"rejected\":\"good\"}\n");
    List<Preference> events;
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(
                EmbeddedBroker.Listening.onLoopback(Ports.free()), directory.resolve("broker"));
        FakeEndpoint server =
            new FakeEndpoint(
                request ->
                    Answer.says(
                        FakeEndpoint.asked(request).indexOf("good")
                                < FakeEndpoint.asked(request).indexOf("<answer-B>")
                            ? "It is good. [[A]]"
                            : "It is good. [[B]]"))) {
      RunningBroker.topics(broker.bootstrap(), 1);
      for (int run = 0; run < 2; run++) {
        CapturedTerminal terminal = CapturedTerminal.piped();
        assertThat(
                Parley.run(
                    terminal.terminal(),
                    "judge",
                    "--judge",
                    server.address(),
                    "--model",
                    "judge-1",
                    "--cache",
                    directory.resolve("kept").toString(),
                    "--input",
                    pairs.toString(),
                    "--output",
                    directory.resolve("out.jsonl").toString(),
                    "--kafka",
                    broker.bootstrap()))
            .as(terminal.err())
            .isEqualTo(ExitCode.OK);
      }
      events = read(broker.bootstrap(), 2);
    }

    Preference event = events.get(0);
    assertThat(event.getSource()).isEqualTo(PreferenceSource.PREFERENCE_SOURCE_MODEL);
    assertThat(event.getAnnotator()).isEqualTo("judge-1/pair");
    assertThat(event.getChosen().getMessages(0).getContent()).isEqualTo("good");
    assertThat(event.getRationale()).startsWith("It is good.");
    assertThat(event.hasMargin()).isFalse();
    assertThat(events.get(1).getPreferenceId()).isEqualTo(event.getPreferenceId());
  }

  private static List<Preference> read(String bootstrap, int count) throws Exception {
    List<Preference> events = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bootstrap),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(Topics.PREFERENCES, 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      while (events.size() < count) {
        for (var record : consumer.poll(Duration.ofSeconds(10))) {
          assertThat(record.key()).isNotEmpty();
          events.add(Preference.parseFrom(record.value()));
        }
      }
    }
    return events;
  }

  @Test
  void anAddressThatIsNoneIsNamed() {
    assertThatThrownBy(() -> new PreferenceEvents("nonsense").close())
        .isInstanceOf(Failure.class)
        .hasMessageContaining("--kafka nonsense cannot be used: Invalid url in bootstrap.servers");
  }
}
