package dev.parley.cli.watch;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunOutcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Follows a training run from its directory. */
@Command(
    name = "watch",
    header = "Follow a training run: phase, speed, time left, metrics, warnings.",
    description = {
      "Reads the events that the trainer writes into the run's directory, until the run ends. Ctrl-C ends the watching, not the run."
    },
    footer = {
      "Examples:",
      "  parley watch runs/ppo-1",
      "  parley watch --once runs/ppo-1     # print how it stands and leave",
      "",
      "Exit codes: 0 the run was completed or stopped, 1 it failed."
    })
public final class WatchCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's directory.")
  private Path run;

  @Option(names = "--once", description = "Show what is there and do not wait for more.")
  private boolean once;

  /** The command, printing to a terminal. */
  public WatchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    if (!Files.isDirectory(run)) {
      throw new Failure(
          "there is no directory " + run, "Name a run's directory, as in runs/ppo-1.");
    }
    if (once && !Files.exists(run.resolve(RunWatch.EVENTS))) {
      throw new Failure(
          "%s has no %s; expected the directory of a run".formatted(run, RunWatch.EVENTS), "");
    }
    Optional<RunFinished> end = new RunWatch(terminal).follow(run, () -> !once);
    boolean failed =
        end.map(finished -> finished.getOutcome() == RunOutcome.RUN_OUTCOME_FAILED).orElse(false);
    return failed ? ExitCode.FAILED : ExitCode.OK;
  }
}
