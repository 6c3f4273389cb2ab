package dev.parley.cli.answers;

import dev.parley.model.torchscript.EngineOptions;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say where and how precisely to compute, as a picocli mixin. */
final class EngineChoices {

  private CommandSpec spec;

  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      defaultValue = "cpu",
      description = "cpu, cuda or cuda:N. Default: ${DEFAULT-VALUE}.")
  private String device;

  @Option(
      names = "--precision",
      paramLabel = "FORMAT",
      defaultValue = "float32",
      description = "float32 or bfloat16. Default: ${DEFAULT-VALUE}.")
  private String precision;

  /** Called by picocli with the command that these options belong to. */
  @Spec(Target.MIXEE)
  void mixInto(CommandSpec mixee) {
    spec = mixee;
  }

  /**
   * Returns the choices.
   *
   * @throws ParameterException if one of them means nothing
   */
  EngineOptions options() {
    try {
      return EngineOptions.parse(device, precision);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  /**
   * Refuses the options where nothing is computed here.
   *
   * @param why what to say
   * @throws ParameterException if one of them stands on the command line
   */
  void requireNoneGiven(String why) {
    for (String option : List.of("--device", "--precision")) {
      if (spec.commandLine().getParseResult().hasMatchedOption(option)) {
        throw new ParameterException(spec.commandLine(), option + ": " + why);
      }
    }
  }
}
