package dev.parley.bench.own;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoding.DecodeEngine;
import dev.parley.model.generation.Generator;
import dev.parley.model.text.Tokenizer;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.generation.JobPlanner;
import dev.parley.policy.generation.SamplingRules;
import dev.parley.policy.prompt.PromptEncoder;
import dev.parley.policy.rollout.CallSettings;
import dev.parley.policy.rollout.LoopSettings;
import dev.parley.policy.rollout.RemoteService;
import dev.parley.policy.rollout.Rollouts;
import dev.parley.policy.rollout.ServedVersions;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.sampling.v1.SamplingParameters;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.experience.RolloutReader;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The way of prompts and rollouts, everything on it real but the computing: the trainer's exchange,
 * Kafka, the policies' loops with transactions, gRPC to a reward and a reference service, and the
 * trainer's reading of the rollouts. Decode steps take a given time, the neighbours answer at once.
 *
 * @param model gives tokenizer, chat template and shape; its weights are not used
 * @param bootstrap the broker
 * @param runId a run of its own
 * @param replicas policies
 * @param rows that a policy decodes together
 * @param prompts of an update, one answer each
 * @param promptWords words of a prompt
 * @param newTokens of an answer
 * @param stepNanos time of a decode step
 * @param updates that are measured, after two that are not
 */
public record TimedPolicies(
    Path model,
    String bootstrap,
    String runId,
    int replicas,
    int rows,
    int prompts,
    int promptWords,
    int newTokens,
    long stepNanos,
    int updates)
    implements Work<TimedPolicies.Figures> {

  private static final int WARM_UPS = 2;
  private static final int ROOM = 256;
  private static final int LARGEST_RECORD = 1 << 20;
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /**
   * How fast it went.
   *
   * @param tokensPerSecond drawn by all policies together
   * @param secondsPerUpdate from the first prompt's sending to the last rollout's reading
   */
  public record Figures(double tokensPerSecond, double secondsPerUpdate) {}

  @Override
  public Figures run() {
    List<Policy> policies = new ArrayList<>();
    RolloutExchange.Place place = RolloutExchange.Place.end(bootstrap);
    try (ConstantNeighbours neighbours = new ConstantNeighbours();
        RolloutExchange exchange =
            new RolloutExchange(
                bootstrap,
                runId,
                place,
                0,
                Clock.systemUTC(),
                (code, message) -> System.err.println(message))) {
      for (int i = 0; i < replicas; i++) {
        policies.add(new Policy(i, neighbours.target()));
      }
      RolloutReader reader =
          new RolloutReader(
              policies.get(0).language.shape().vocabulary(), true, Map.of(0L, Policy.CHECKSUM));
      for (int update = 1; update <= WARM_UPS; update++) {
        update(exchange, reader, update);
      }
      long begin = System.nanoTime();
      for (int update = 1; update <= updates; update++) {
        update(exchange, reader, WARM_UPS + update);
      }
      double seconds = (System.nanoTime() - begin) * 1e-9;
      return new Figures((double) updates * prompts * newTokens / seconds, seconds / updates);
    } finally {
      policies.forEach(Policy::close);
    }
  }

  private void update(RolloutExchange exchange, RolloutReader reader, int update) {
    List<Prompt> asked =
        IntStream.range(0, prompts).mapToObj(index -> prompt(update, index)).toList();
    exchange.ask(asked);
    List<Rollout> rollouts =
        exchange.await(
            update,
            asked.stream().map(Prompt::getPromptId).toList(),
            PATIENCE,
            () -> false,
            here -> {});
    exchange.finish(update);
    int read = reader.read(rollouts).samples().size();
    if (read != prompts) {
      throw new IllegalStateException(
          "%d of %d rollouts could be read; the first says %s: %s"
              .formatted(
                  read, prompts, rollouts.get(0).getStatus(), reader.read(rollouts).example()));
    }
  }

  private Prompt prompt(int update, int index) {
    String words =
        IntStream.range(0, promptWords)
            .mapToObj(i -> "w" + (31 * index + 7 * i) % 1000)
            .collect(Collectors.joining(" "));
    return Prompt.newBuilder()
        .setRunId(runId)
        .setPromptId(update + "-" + index)
        .setConversation(
            Conversation.newBuilder()
                .addMessages(Message.newBuilder().setRole("user").setContent(words)))
        .setGroupSize(1)
        .setUpdate(update)
        .setSampling(
            SamplingParameters.newBuilder()
                .setMaxNewTokens(newTokens)
                .setIgnoreEndOfSequence(true)
                .setSeed(index))
        .build();
  }

  /** One policy on its own threads, as its service would set it up. */
  private final class Policy implements AutoCloseable, ServedVersions {

    private static final String CHECKSUM =
        "0000000000000000000000000000000000000000000000000000000000000000";

    private final LanguageModel language;
    private final Tokenizer tokenizer;
    private final GenerationEngine engine;
    private final Rollouts rollouts;

    Policy(int number, String neighbours) {
      this.language = LanguageModel.open(model, EngineOptions.CPU);
      this.tokenizer = Tokenizer.open(model);
      PolicyMetrics metrics = new PolicyMetrics(new SimpleMeterRegistry());
      EngineLimits limits = EngineLimits.of(rows, rows * ROOM, 2 * prompts);
      this.engine =
          new GenerationEngine(
              language, new ServedVersion(0, CHECKSUM), limits, metrics, () -> generator(limits));
      CallSettings call =
          new CallSettings(PATIENCE, PATIENCE, 1, Duration.ofMillis(10), Duration.ofMillis(10));
      RemoteService service = new RemoteService(neighbours, call);
      SamplingRules rules = new SamplingRules(newTokens, language.shape().vocabulary(), Set.of(1));
      this.rollouts =
          new Rollouts(
              new LoopSettings(
                  runId,
                  runId + "-" + number,
                  2 * rows,
                  PATIENCE,
                  PATIENCE,
                  Duration.ofSeconds(10),
                  LARGEST_RECORD),
              Map.of("bootstrap.servers", bootstrap),
              Optional.of(service),
              Optional.of(service),
              PromptEncoder.open(model, tokenizer),
              new JobPlanner(rules, 1, Optional.of(tokenizer), () -> 1),
              engine,
              this,
              metrics);
      rollouts.start();
    }

    private Generator generator(EngineLimits limits) {
      DecodeEngine timed = new TimedDecoding(Duration.ofNanos(stepNanos));
      return new Generator(language, limits.generator(), any -> timed);
    }

    @Override
    public long served() {
      return 0;
    }

    @Override
    public Optional<String> lastRefusal() {
      return Optional.empty();
    }

    @Override
    public void close() {
      rollouts.close();
      engine.close();
      tokenizer.close();
      language.close();
    }
  }
}
