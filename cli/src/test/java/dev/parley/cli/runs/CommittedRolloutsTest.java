package dev.parley.cli.runs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.ExitCode;
import dev.parley.cli.Parley;
import dev.parley.cli.broker.RunningBroker;
import dev.parley.cli.terminal.CapturedTerminal;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code parley runs verify}, on a real broker with real transactions. */
class CommittedRolloutsTest {

  @TempDir static Path data;
  private static RunningBroker broker;

  private final CapturedTerminal terminal = CapturedTerminal.piped();

  @BeforeAll
  static void start() throws Exception {
    broker = RunningBroker.start(data, 2);
  }

  @AfterAll
  static void stop() {
    broker.close();
  }

  @Test
  void everyPromptWithOneCommittedRolloutIsWholeThoughAPolicyWasKilledMeanwhile()
      throws IOException {
    ask("whole", "p1", "p2");
    ask("other", "p1");
    answer("policy-1", true, "whole", "p1");
    // What a killed policy left open: it was never committed, and another one began anew.
    answer("policy-2", false, "whole", "p2");
    answer("policy-2", true, "whole", "p2");
    answer("policy-3", true, "other", "p1");

    assertThat(verify("whole")).as(terminal.out()).isEqualTo(ExitCode.OK);

    JsonNode counts = new ObjectMapper().readTree(terminal.out());
    assertThat(counts.get("prompts").asInt()).isEqualTo(2);
    assertThat(counts.get("rollouts").asInt()).isEqualTo(2);
    assertThat(counts.get("other_runs").asInt()).isPositive();
    assertThat(counts.get("whole").asBoolean()).isTrue();
  }

  @Test
  void aMissingASecondAndAnUnaskedRolloutAreNamedAndFail() throws IOException {
    ask("bad", "p1", "p2", "p3");
    answer("policy-1", true, "bad", "p1", "p1", "p3", "p9");

    assertThat(verify("bad")).isEqualTo(ExitCode.FAILED);

    JsonNode counts = new ObjectMapper().readTree(terminal.out());
    assertThat(counts.get("missing").toString()).isEqualTo("[\"p2\"]");
    assertThat(counts.get("repeated").toString()).isEqualTo("[\"p1\"]");
    assertThat(counts.get("unasked").toString()).isEqualTo("[\"p9\"]");
  }

  @Test
  void aRunWithoutPromptsIsNotWhole() {
    assertThat(verify("nobody")).isEqualTo(ExitCode.FAILED);

    assertThat(terminal.err()).contains("there are no prompts of run nobody");
  }

  private int verify(String run) {
    return Parley.run(
        terminal.terminal(),
        "runs",
        "verify",
        run,
        "--kafka",
        broker.bootstrap(),
        "--output",
        "json");
  }

  private static void ask(String run, String... prompts) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of())) {
      for (String id : prompts) {
        producer.send(record("prompts", prompt(run, id).toByteArray()));
      }
    }
  }

  private static void answer(String policy, boolean commit, String run, String... prompts) {
    try (KafkaProducer<byte[], byte[]> producer = producer(Map.of("transactional.id", policy))) {
      producer.initTransactions();
      producer.beginTransaction();
      for (String id : prompts) {
        Rollout rollout = Rollout.newBuilder().setPrompt(prompt(run, id)).build();
        producer.send(record("rollouts", rollout.toByteArray()));
      }
      producer.flush();
      if (commit) {
        producer.commitTransaction();
      } else {
        producer.abortTransaction();
      }
    }
  }

  private static ProducerRecord<byte[], byte[]> record(String topic, byte[] value) {
    return new ProducerRecord<>(topic, value);
  }

  private static Prompt prompt(String run, String id) {
    return Prompt.newBuilder().setRunId(run).setPromptId(id).build();
  }

  private static KafkaProducer<byte[], byte[]> producer(Map<String, Object> settings) {
    Map<String, Object> all = new HashMap<>(settings);
    all.put("bootstrap.servers", broker.bootstrap());
    return new KafkaProducer<>(all, new ByteArraySerializer(), new ByteArraySerializer());
  }
}
