package dev.parley.cli.models;

import dev.parley.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about models. */
@Command(
    name = "models",
    header = "Look at models, merge adapters, and fetch both from the Hugging Face hub.")
public final class ModelsCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** The commands as picocli knows them. */
  public static CommandLine of(Terminal terminal) {
    return new CommandLine(new ModelsCommand())
        .addSubcommand(new InspectCommand(terminal))
        .addSubcommand(new LineageCommand(terminal))
        .addSubcommand(new MergeCommand(terminal))
        .addSubcommand(new DownloadCommand(terminal))
        .addSubcommand(new DigestCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? " + spec.subcommands().keySet());
  }
}
