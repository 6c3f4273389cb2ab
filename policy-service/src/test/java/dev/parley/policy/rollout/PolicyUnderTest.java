package dev.parley.policy.rollout;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.parley.policy.Patience;
import dev.parley.policy.SharedBroker;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.generation.TinyEngine;
import dev.parley.policy.prompt.PromptEncoder;
import dev.parley.proto.Topics;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.DeadLetter;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** A policy with a tiny model and fake neighbours on a real broker, for one run. */
final class PolicyUnderTest implements AutoCloseable {

  private final String runId;
  private final TinyEngine tiny = new TinyEngine(1, EngineLimits.of(8, 8 * 256, 64));
  private final FakeReward reward = new FakeReward();
  private final FakeReference reference = new FakeReference();
  private final Rollouts rollouts;

  PolicyUnderTest(String runId) {
    this(runId, settings(runId, runId + "-policy"));
  }

  PolicyUnderTest(String runId, LoopSettings settings) {
    this.runId = runId;
    CallSettings call =
        new CallSettings(
            Duration.ofSeconds(1),
            Duration.ofSeconds(2),
            2,
            Duration.ofMillis(10),
            Duration.ofMillis(10));
    this.rollouts =
        new Rollouts(
            settings,
            kafka(),
            Optional.of(new RemoteService(reward.target(), call)),
            Optional.of(new RemoteService(reference.target(), call)),
            PromptEncoder.open(tiny.directory(), tiny.tokenizer()),
            tiny.planner(),
            tiny.engine(),
            new Served(tiny),
            tiny.metrics());
  }

  private record Served(TinyEngine tiny) implements ServedVersions {

    @Override
    public long served() {
      return tiny.engine().served().number();
    }

    @Override
    public Optional<String> lastRefusal() {
      return Optional.of("version 9 was refused: it is broken");
    }
  }

  static Map<String, Object> kafka() {
    return Map.of("bootstrap.servers", SharedBroker.get().bootstrapServers());
  }

  static LoopSettings settings(String runId, String instanceId) {
    return new LoopSettings(
        runId,
        instanceId,
        3,
        Duration.ofSeconds(30),
        Duration.ofSeconds(3),
        Duration.ofSeconds(2),
        1 << 20);
  }

  void start() {
    rollouts.start();
  }

  Rollouts loop() {
    return rollouts;
  }

  TinyEngine tiny() {
    return tiny;
  }

  FakeReward reward() {
    return reward;
  }

  FakeReference reference() {
    return reference;
  }

  /** Returns a prompt of two answers with ten tokens each. */
  Prompt.Builder prompt(String id) {
    return prompt(runId, id);
  }

  static Prompt.Builder prompt(String runId, String id) {
    return Prompt.newBuilder()
        .setRunId(runId)
        .setPromptId(id)
        .setTokens(Tokens.newBuilder().addTokenIds(5).addTokenIds(6).addTokenIds(7))
        .setGroupSize(2)
        .setSampling(
            SamplingParameters.newBuilder()
                .setMaxNewTokens(10)
                .setIgnoreEndOfSequence(true)
                .setSeed(id.hashCode()));
  }

  static void send(Prompt.Builder prompt) {
    Prompt built = prompt.build();
    String key = built.getRunId() + "/" + built.getPromptId();
    SharedBroker.send(Topics.PROMPTS, key, built.toByteArray());
  }

  /** Waits until as many rollouts of the run are committed, and returns them. */
  List<Rollout> awaitRollouts(int count) {
    return await(() -> committedRollouts(runId), count);
  }

  static List<Rollout> committedRollouts(String runId) {
    List<Rollout> found = new ArrayList<>();
    for (ConsumerRecord<String, byte[]> record : SharedBroker.get().committed(Topics.ROLLOUTS)) {
      try {
        Rollout rollout = Rollout.parseFrom(record.value());
        if (rollout.getPrompt().getRunId().equals(runId)) {
          found.add(rollout);
        }
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e);
      }
    }
    return found;
  }

  /** Returns the dead letters of a topic whose key begins with the run's id. */
  List<DeadLetter> deadLetters(String topic) {
    List<DeadLetter> found = new ArrayList<>();
    for (ConsumerRecord<String, byte[]> record : SharedBroker.get().committed(topic)) {
      try {
        if (record.key().startsWith(runId + "/")) {
          found.add(DeadLetter.parseFrom(record.value()));
        }
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e);
      }
    }
    return found;
  }

  static <T> List<T> await(Supplier<List<T>> read, int count) {
    List<T> found = new ArrayList<>();
    Patience.await(
        () -> {
          found.clear();
          found.addAll(read.get());
          return found.size() >= count;
        });
    return found;
  }

  double counted(String name, String... tags) {
    return tiny.registry().find(name).tags(tags).counters().stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  @Override
  public void close() {
    rollouts.close();
    tiny.close();
    reward.close();
    reference.close();
  }
}
