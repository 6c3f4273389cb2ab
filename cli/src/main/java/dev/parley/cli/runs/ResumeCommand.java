package dev.parley.cli.runs;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Resumes a run. */
@Command(
    name = "resume",
    header = "Go on with a run that was stopped or has failed.",
    description = {
      "Its trainer goes on from the newest checkpoint; without one, it begins anew. Of a failed run"
          + " only the reason must be gone: a new trainer takes the failed one's place."
    },
    footer = {"Example:", "  parley runs resume ppo-1"})
final class ResumeCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's name.")
  private String run;

  @Mixin private ClusterOptions options;

  ResumeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (Cluster cluster = options.connect()) {
      Runs runs = new Runs(cluster);
      RunStatus status = runs.get(run);
      switch (status.state()) {
        case COMPLETE -> throw new Failure("run %s is complete".formatted(run), "");
        case RUNNING, PENDING ->
            throw new Failure("run %s is %s already".formatted(run, status.state()), "");
        case STOPPING ->
            throw new Failure(
                "run %s is about to stop".formatted(run), "Wait until it has stopped.");
        case STOPPED, FAILED, INCOMPLETE -> runs.resume(status);
      }
      terminal.out().println("run %s goes on".formatted(run));
      terminal.err().println("To see it: parley runs watch " + run + options.repeated());
      return ExitCode.OK;
    }
  }
}
