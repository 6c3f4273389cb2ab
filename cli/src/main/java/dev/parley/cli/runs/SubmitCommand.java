package dev.parley.cli.runs;

import dev.parley.cli.ExitCode;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.train.TrainCommand;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Starts a training run in a cluster. */
@Command(
    name = "submit",
    header = "Start a training run in a Kubernetes cluster, and follow it.",
    description = {
      "The run file says what to train; the chart, which must be installed, has put into the"
          + " cluster what a run is made of there. All of the run's objects are made, or none. The"
          + " run then goes on whatever becomes of this command: Ctrl-C, or a laptop that is"
          + " closed, ends the following only. docs/runs.md shows run files."
    },
    footer = {
      "Examples:",
      "  parley submit run.yaml",
      "  parley submit run.yaml --run ppo-2 --set ppo.updates=20 --detach",
      "  parley submit run.yaml --dry-run > objects.yaml",
      "",
      "Exit codes: 0 completed, stopped or detached, 1 failed or not made."
    })
public final class SubmitCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RUN.yaml", description = "The run file.")
  private Path file;

  @Option(
      names = "--run",
      paramLabel = "NAME",
      description = "The run's name, in place of the file's.")
  private Optional<String> name = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One of the trainer's settings, on top of the file's; may be repeated.")
  private Map<String, String> sets = new LinkedHashMap<>();

  @Option(
      names = "--release",
      paramLabel = "NAME",
      description = "Which of several installed charts the run belongs to.")
  private Optional<String> release = Optional.empty();

  @Option(names = "--detach", description = "Do not follow the run.")
  private boolean detach;

  @Option(names = "--dry-run", description = "Check everything, print the objects, make none.")
  private boolean dryRun;

  @Mixin private ClusterOptions options;

  /** The command, printing to a terminal. */
  public SubmitCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException, IOException {
    if (name.isPresent() && !RunFile.isId(name.get())) {
      throw new ParameterException(
          spec.commandLine(),
          "--run is \"%s\"; expected at most 40 lower-case letters, digits and '-'"
              .formatted(name.get()));
    }
    RunFile run = RunFile.read(file, name, sets, TrainCommand.recipes());
    try (Cluster cluster = options.connect()) {
      Runs runs = new Runs(cluster);
      RunTemplate template = runs.template(release);
      RunObjects objects = RunObjects.of(run, template, Instant.now());
      if (dryRun) {
        terminal.out().print(objects.toYaml());
        return ExitCode.OK;
      }
      runs.create(run.id(), objects);
      String back = "parley runs watch " + run.id() + options.repeated();
      terminal
          .err()
          .println("run %s is submitted to namespace %s".formatted(run.id(), cluster.namespace()));
      if (detach) {
        terminal.err().println("To see it: " + back);
        return ExitCode.OK;
      }
      return RunFollower.follow(cluster, terminal, run.id(), back);
    }
  }
}
