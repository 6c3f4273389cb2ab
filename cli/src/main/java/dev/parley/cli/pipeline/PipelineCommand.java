package dev.parley.cli.pipeline;

import dev.parley.cli.terminal.Terminal;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The commands about pipelines. */
@Command(
    name = "pipeline",
    header = "Run several stages from one file: data, sft, reward-model, ppo, scores.")
public final class PipelineCommand implements Runnable {

  @Spec private CommandSpec spec;

  /** The commands as picocli knows them. */
  public static CommandLine of(Terminal terminal) {
    return new CommandLine(new PipelineCommand()).addSubcommand(new PipelineRunCommand(terminal));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "which command? " + spec.subcommands().keySet());
  }
}
