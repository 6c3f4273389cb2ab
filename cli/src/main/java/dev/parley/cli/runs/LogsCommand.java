package dev.parley.cli.runs;

import dev.parley.cli.ExitCode;
import dev.parley.cli.terminal.Terminal;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Prints a run's logs. */
@Command(
    name = "logs",
    header = "Print the log of a run's trainer, or of its policies.",
    description = {
      "Of the trainer it is the newest pod's; of several policies, each line has its pod's name"
          + " before it."
    },
    footer = {
      "Examples:",
      "  parley runs logs ppo-1 -f",
      "  parley runs logs ppo-1 --component policy"
    })
final class LogsCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "RUN", description = "The run's name.")
  private String run;

  @Option(
      names = {"-f", "--follow"},
      description = "Go on printing until the pod ends.")
  private boolean follow;

  @Option(
      names = "--component",
      paramLabel = "PART",
      defaultValue = "trainer",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private Part part;

  @Option(
      names = "--tail",
      paramLabel = "N",
      description = "Only the newest lines. Default: all that are kept.")
  private int tail;

  @Mixin private ClusterOptions options;

  /** Parts of a run. */
  enum Part {
    TRAINER,
    POLICY;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  LogsCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    try (Cluster cluster = options.connect()) {
      Runs runs = new Runs(cluster);
      runs.get(run);
      new RunLogs(cluster, terminal)
          .print(run, runs.pods(run, part.toString()), part, follow, tail);
      return ExitCode.OK;
    }
  }
}
