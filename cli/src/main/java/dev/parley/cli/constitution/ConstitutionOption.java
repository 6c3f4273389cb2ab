package dev.parley.cli.constitution;

import dev.parley.judge.constitution.Constitution;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The option that names a constitution, as a picocli mixin. */
final class ConstitutionOption {

  private CommandSpec spec;

  @Option(
      names = "--constitution",
      required = true,
      paramLabel = "FILE",
      description =
          "Principles: text with one a line, or YAML or JSON; deploy/constitutions has one.")
  private Path file;

  /** Called by picocli with the command that this option belongs to. */
  @Spec(Target.MIXEE)
  void mixInto(CommandSpec mixee) {
    spec = mixee;
  }

  /**
   * Reads it.
   *
   * @throws ParameterException if it cannot be read
   */
  Constitution read() {
    try {
      return Constitution.read(file);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--constitution: " + e.getMessage(), e);
    }
  }
}
