package dev.parley.cli.runs;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Deletes a run. */
@Command(
    name = "delete",
    header = "Delete a run's objects from the cluster.",
    description = {
      "Its files (checkpoints, model, metrics) stay in the runs volume. A run under way is refused"
          + " without --force."
    },
    footer = {"Example:", "  parley runs delete ppo-1"})
final class DeleteCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's name.")
  private String run;

  @Option(names = "--force", description = "Also if it is under way.")
  private boolean force;

  @Mixin private ClusterOptions options;

  DeleteCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (Cluster cluster = options.connect()) {
      Runs runs = new Runs(cluster);
      RunStatus status = runs.get(run);
      if (!status.state().isOver() && !force) {
        throw new Failure(
            "run %s is %s".formatted(run, status.state()), "Stop it first, or give --force.");
      }
      runs.delete(run);
      terminal.out().println("run %s is deleted".formatted(run));
      terminal.err().println("Its files stay in " + RunObjects.directory(run) + ".");
      return ExitCode.OK;
    }
  }
}
