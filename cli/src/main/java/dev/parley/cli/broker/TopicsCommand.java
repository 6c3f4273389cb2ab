package dev.parley.cli.broker;

import dev.parley.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about topics. */
@Command(name = "topics", header = "Make Parley's topics on Kafka brokers of your own.")
public final class TopicsCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** The commands as picocli knows them. */
  public static CommandLine of(Terminal terminal) {
    return new CommandLine(new TopicsCommand()).addSubcommand(new CreateTopicsCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? " + spec.subcommands().keySet());
  }
}
