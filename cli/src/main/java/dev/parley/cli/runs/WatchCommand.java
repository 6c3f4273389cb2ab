package dev.parley.cli.runs;

import dev.parley.cli.terminal.Terminal;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Follows a run. */
@Command(
    name = "watch",
    header = "Follow a run: phase, speed, time left, metrics, warnings.",
    description = {
      "From its first event on, until it is complete, stopped or failed. Ctrl-C ends the following,"
          + " not the run."
    },
    footer = {
      "Example:",
      "  parley runs watch ppo-1",
      "",
      "Exit codes: 0 the run was completed or stopped, 1 it failed."
    })
final class WatchCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's name.")
  private String run;

  @Mixin private ClusterOptions options;

  WatchCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    try (Cluster cluster = options.connect()) {
      return RunFollower.follow(
          cluster, terminal, run, "parley runs watch " + run + options.repeated());
    }
  }
}
