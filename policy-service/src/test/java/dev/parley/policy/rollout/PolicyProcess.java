package dev.parley.policy.rollout;

import dev.parley.model.LanguageModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.SharedBroker;
import dev.parley.policy.generation.EngineLimits;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.policy.generation.JobPlanner;
import dev.parley.policy.generation.SamplingRules;
import dev.parley.policy.generation.TinyEngine;
import dev.parley.policy.prompt.PromptEncoder;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Status;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A loop over prompts in a process of its own, to be killed. The loop and all of Kafka are real;
 * answers are made up, or drawn from a tiny model.
 */
public final class PolicyProcess implements AutoCloseable {

  /** Printed when a rollout is begun. */
  static final String BEGUN = "begun";

  /** Printed when the broker has a rollout that will never be committed. */
  static final String STUCK = "stuck";

  /** Printed when a model is in the middle of an answer, which it will never end. */
  static final String MID_ANSWER = "mid-answer";

  private static final String BROKEN = "session with the broker broke";

  private final Process process;
  private final BufferedReader output;

  private PolicyProcess(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
    command.add("-XX:TieredStopAtLevel=1");
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(PolicyProcess.class.getName());
    command.add(SharedBroker.get().bootstrapServers());
    command.addAll(List.of(arguments));
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a process that makes its answers up.
   *
   * @param runId whose prompts to answer
   * @param instanceId its transactional id
   * @param receipts after this many receipts of the broker it stops between send and commit
   */
  static PolicyProcess ofMadeUpAnswers(String runId, String instanceId, int receipts) {
    return new PolicyProcess(runId, instanceId, Integer.toString(receipts));
  }

  /**
   * Starts a process that stops for ever in the middle of an answer.
   *
   * @param runId whose prompts to answer
   * @param instanceId its transactional id
   * @param model the directory of the model that answers
   * @param tokens how many it draws
   */
  static PolicyProcess stuckMidAnswer(String runId, String instanceId, Path model, int tokens) {
    return new PolicyProcess(runId, instanceId, model.toString(), Integer.toString(tokens));
  }

  /** Reads the process's output until it has printed a line so many times. */
  void awaitLine(String line, int times) {
    int seen = 0;
    while (seen < times) {
      try {
        String read = output.readLine();
        if (read == null || read.contains(BROKEN)) {
          throw new AssertionError("instead of " + line + " the process said " + read);
        }
        seen += read.equals(line) ? 1 : 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Kills it as kill -9 does. */
  @Override
  public void close() {
    process.destroyForcibly().onExit().join();
  }

  /** The process itself. */
  public static void main(String[] arguments) throws InterruptedException {
    LoopSettings settings = PolicyUnderTest.settings(arguments[1], arguments[2]);
    Map<String, Object> kafka = new HashMap<>();
    kafka.put("bootstrap.servers", arguments[0]);
    if (arguments.length == 4) {
      makeUpAnswers(settings, kafka, arguments[3]);
    } else {
      drawAnswers(settings, kafka, Path.of(arguments[3]), Integer.parseInt(arguments[4]));
    }
    Thread.currentThread().join();
  }

  private static void makeUpAnswers(
      LoopSettings settings, Map<String, Object> kafka, String receipts) {
    kafka.put("interceptor.classes", StuckAfterSend.class.getName());
    kafka.put(StuckAfterSend.RECEIPTS, receipts);
    RolloutLoop loop =
        new RolloutLoop(
            settings,
            kafka,
            (prompt, arrivedNanos) -> new MadeUp(prompt),
            new AlwaysZero(),
            new PolicyMetrics(new SimpleMeterRegistry()));
    loop.start();
  }

  private static void drawAnswers(
      LoopSettings settings, Map<String, Object> kafka, Path directory, int tokens) {
    PolicyMetrics metrics = new StuckMidAnswer(tokens);
    LanguageModel model = LanguageModel.open(directory, EngineOptions.CPU);
    Rollouts rollouts =
        new Rollouts(
            settings,
            kafka,
            Optional.empty(),
            Optional.empty(),
            PromptEncoder.ofTokensOnly(),
            new JobPlanner(
                new SamplingRules(200, model.shape().vocabulary(), Set.of()),
                64,
                Optional.empty(),
                () -> 77),
            new GenerationEngine(model, TinyEngine.START, EngineLimits.of(8, 8 * 256, 64), metrics),
            new AlwaysZero(),
            metrics);
    rollouts.start();
  }

  /** Meters that never return from the count of some token. */
  private static final class StuckMidAnswer extends PolicyMetrics {

    private int left;

    StuckMidAnswer(int tokens) {
      super(new SimpleMeterRegistry());
      left = tokens;
    }

    @Override
    public void tokenDrawn() {
      super.tokenDrawn();
      left--;
      if (left == 0) {
        System.out.println(MID_ANSWER);
        try {
          new CountDownLatch(1).await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }
  }

  private record AlwaysZero() implements ServedVersions {

    @Override
    public long served() {
      return 0;
    }

    @Override
    public Optional<String> lastRefusal() {
      return Optional.empty();
    }
  }

  private static final class MadeUp implements RolloutInProgress {

    private final CompletableFuture<Rollout> result;

    MadeUp(Prompt prompt) {
      System.out.println(BEGUN);
      Rollout rollout =
          Rollout.newBuilder()
              .setPrompt(prompt)
              .setStatus(Status.STATUS_OK)
              .addCompletions(Completion.newBuilder().setText("made up"))
              .build();
      this.result =
          CompletableFuture.supplyAsync(
              () -> rollout, CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS));
    }

    @Override
    public CompletableFuture<Rollout> result() {
      return result;
    }

    @Override
    public void cancel() {
      result.cancel(false);
    }
  }
}
