package dev.parley.cli.runs;

import dev.parley.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done with runs in a cluster. */
@Command(
    name = "runs",
    header = "Training runs in a Kubernetes cluster: list, follow, stop, resume, report.")
public final class RunsCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** The commands as picocli knows them. */
  public static CommandLine of(Terminal terminal) {
    return new CommandLine(new RunsCommand())
        .addSubcommand(new ListCommand(terminal))
        .addSubcommand(new WatchCommand(terminal))
        .addSubcommand(new LogsCommand(terminal))
        .addSubcommand(new StopCommand(terminal))
        .addSubcommand(new ResumeCommand(terminal))
        .addSubcommand(new ReportCommand(terminal))
        .addSubcommand(new VerifyCommand(terminal))
        .addSubcommand(new DeleteCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? " + spec.subcommands().keySet());
  }
}
