package dev.parley.policy.rollout;

import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.SharedBroker;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * A loop over prompts in a process of its own, to be killed. It makes up its answers; the loop and
 * all of Kafka are real.
 */
public final class PolicyProcess implements AutoCloseable {

  /** Printed when a rollout is begun. */
  static final String BEGUN = "begun";

  /** Printed when the broker has a rollout that will never be committed. */
  static final String STUCK = "stuck";

  private static final String BROKEN = "session with the broker broke";

  private final Process process;
  private final BufferedReader output;

  /**
   * Starts a process.
   *
   * @param runId whose prompts to answer
   * @param instanceId its transactional id
   * @param receipts after this many receipts of the broker it stops between send and commit
   */
  PolicyProcess(String runId, String instanceId, int receipts) {
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            PolicyProcess.class.getName(),
            SharedBroker.get().bootstrapServers(),
            runId,
            instanceId,
            Integer.toString(receipts));
    try {
      process = new ProcessBuilder(command).redirectErrorStream(true).start();
      output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
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
    Map<String, Object> kafka = new HashMap<>();
    kafka.put("bootstrap.servers", arguments[0]);
    kafka.put("interceptor.classes", StuckAfterSend.class.getName());
    kafka.put(StuckAfterSend.RECEIPTS, arguments[3]);
    RolloutLoop loop =
        new RolloutLoop(
            PolicyUnderTest.settings(arguments[1], arguments[2]),
            kafka,
            (prompt, arrivedNanos) -> new MadeUp(prompt),
            new AlwaysZero(),
            new PolicyMetrics(new SimpleMeterRegistry()));
    loop.start();
    Thread.currentThread().join();
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
