package dev.parley.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the script with which a shell completes parley's commands and options. */
@Command(
    name = "completion",
    header = "Print a script that lets your shell complete parley's commands with Tab.",
    footer = {
      "Examples:",
      "  source <(parley completion bash)     # in ~/.bashrc",
      "  source <(parley completion zsh)      # in ~/.zshrc, after compinit"
    })
final class CompletionCommand implements Callable<Integer> {

  /** The shells that the script is for. */
  enum Shell {
    bash,
    zsh
  }

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "SHELL", description = "One of: ${COMPLETION-CANDIDATES}.")
  private Shell shell;

  @Override
  public Integer call() {
    // One script serves both: it turns on bash's completion where it finds itself in zsh.
    spec.commandLine().getOut().println(AutoComplete.bash("parley", spec.root().commandLine()));
    return ExitCode.OK;
  }
}
