package dev.parley.trainer;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The trainer's own command line, which the {@code parley} command and Kubernetes use. */
@Command(
    name = "trainer",
    mixinStandardHelpOptions = true,
    description = "Trains models. People use it through the parley command.")
final class TrainerCommand implements Runnable {

  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "say what to do: train or describe");
  }
}
