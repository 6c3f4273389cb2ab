package dev.parley.cli.runs;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import io.fabric8.kubernetes.client.Watch;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Stops a run. */
@Command(
    name = "stop",
    header = "Stop a run: its trainer writes a checkpoint and ends.",
    description = {
      "Nothing is lost, and no pod of the run is left. parley runs resume goes on from there."
    },
    footer = {"Example:", "  parley runs stop ppo-1"})
final class StopCommand implements Callable<Integer> {

  private static final Duration LOOK = Duration.ofSeconds(1);
  private static final Duration HEARING = Duration.ofSeconds(5);

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's name.")
  private String run;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "600",
      description =
          "How long to wait for the checkpoint before the policies go, too. Default:"
              + " ${DEFAULT-VALUE}.")
  private int seconds;

  @Mixin private ClusterOptions options;

  StopCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (Cluster cluster = options.connect()) {
      Runs runs = new Runs(cluster);
      RunStatus status = runs.get(run);
      if (status.state() == RunState.COMPLETE || status.state() == RunState.FAILED) {
        throw new Failure("run %s is %s already".formatted(run, status.state()), "");
      }
      if (status.reading()) {
        CompletableFuture<String> lastWords = new CompletableFuture<>();
        Watch listening = runs.listen(status.trainerPod().orElseThrow(), lastWords);
        try {
          status = stop(runs);
          if (status.state() != RunState.STOPPING) {
            remember(runs, lastWords);
          }
        } finally {
          listening.close();
        }
      } else {
        status = stop(runs);
      }
      runs.scale(run, 0);
      if (status.state() == RunState.STOPPING) {
        throw new Failure(
            "run %s has not stopped in %d s; its policies were let go".formatted(run, seconds),
            "parley runs logs " + run + " says what its trainer does.");
      }
      terminal.out().println("run %s is %s".formatted(run, status.state()));
      return ExitCode.OK;
    }
  }

  /** Stops the trainer, which may still wait for answers to the update under way. */
  private RunStatus stop(Runs runs) throws InterruptedException {
    runs.suspend(run);
    long deadline = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    RunStatus status = runs.get(run);
    if (status.state() == RunState.STOPPING) {
      terminal.err().println("waiting for the trainer's checkpoint");
    }
    while (status.state() == RunState.STOPPING && System.nanoTime() < deadline) {
      Thread.sleep(LOOK.toMillis());
      status = runs.get(run);
    }
    return status;
  }

  /** Notes how far the run came, for those who list it later. */
  private void remember(Runs runs, CompletableFuture<String> lastWords)
      throws InterruptedException {
    try {
      runs.remember(run, lastWords.get(HEARING.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException | TimeoutException e) {
      terminal
          .err()
          .println(
              terminal.yellow(
                  "its trainer left no word of how far it came; parley runs report "
                      + run
                      + " reads its files"));
    }
  }
}
