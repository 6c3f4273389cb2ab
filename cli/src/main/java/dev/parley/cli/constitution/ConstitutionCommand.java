package dev.parley.cli.constitution;

import dev.parley.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands of constitutional AI. */
@Command(
    name = "constitution",
    header = "Constitutional AI: revise answers, and label pairs, by principles.")
public final class ConstitutionCommand implements Runnable {

  @Spec private CommandSpec spec;

  private ConstitutionCommand() {}

  /** The command with those below it. */
  public static CommandLine of(Terminal terminal) {
    return new CommandLine(new ConstitutionCommand())
        .addSubcommand(new ReviseCommand(terminal))
        .addSubcommand(new PreferCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? " + spec.subcommands().keySet());
  }
}
