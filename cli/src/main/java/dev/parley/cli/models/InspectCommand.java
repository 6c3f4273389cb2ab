package dev.parley.cli.models;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.terminal.Terminal;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.weights.WeightException;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Shows what a model is. */
@Command(
    name = "inspect",
    header = "Show what a model is, after checking that Parley can use it.",
    description = {
      "Reads all of it: the architecture and shape of config.json, every tensor against that shape, the files with their SHA-256, the tokenizer, and the chat template on a sample.",
      "",
      "What does not fit is an error that names file and tensor. An adapter (PEFT's LoRA) is shown with its base, after merging it in memory."
    },
    footer = {
      "Examples:",
      "  parley models inspect runs/sft-1/model",
      "  parley models inspect HuggingFaceTB/SmolLM2-135M-Instruct",
      "  parley models inspect runs/sft-1/adapter"
    })
final class InspectCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL", description = "A directory, or an id on the hub.")
  private String model;

  @Option(
      names = "--base",
      paramLabel = "MODEL",
      description = "The base of an adapter. Default: the one that the adapter names.")
  private Optional<String> base = Optional.empty();

  InspectCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try {
      ModelSheet.of(terminal, ModelArgument.ofProcess(terminal).find(model, base))
          .forEach(terminal.out()::println);
    } catch (ModelConfigException | WeightException e) {
      throw new Failure(e.getMessage(), "", e);
    }
    return ExitCode.OK;
  }
}
