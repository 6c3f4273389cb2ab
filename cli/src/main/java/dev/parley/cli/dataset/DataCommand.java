package dev.parley.cli.dataset;

import dev.parley.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about datasets. */
@Command(
    name = "data",
    header = "Look at demonstrations, preferences and prompts in files, and prepare them.")
public final class DataCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** The commands as picocli knows them. */
  public static CommandLine of(Terminal terminal) {
    return new CommandLine(new DataCommand())
        .addSubcommand(new InspectCommand(terminal))
        .addSubcommand(new ValidateCommand(terminal))
        .addSubcommand(new StatsCommand(terminal))
        .addSubcommand(new PreviewCommand(terminal))
        .addSubcommand(new ConvertCommand(terminal))
        .addSubcommand(new DedupCommand(terminal))
        .addSubcommand(new SplitCommand(terminal))
        .addSubcommand(new MixCommand(terminal))
        .addSubcommand(new ContaminationCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? " + spec.subcommands().keySet());
  }
}
