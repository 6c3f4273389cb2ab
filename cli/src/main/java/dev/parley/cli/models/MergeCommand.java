package dev.parley.cli.models;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.report.RewardModelFigures;
import dev.parley.cli.terminal.Terminal;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a model of an adapter and its base. */
@Command(
    name = "merge",
    header = "Merge an adapter (PEFT's LoRA) into its base, as a model that stands by itself.",
    description = {
      "Writes config.json, weights, tokenizer and chat template, for Parley, transformers, vLLM and llama.cpp. Tokenizer and template are the adapter's if it has them, else its base's.",
      "",
      "generate, chat, score, up and train take an adapter as it is; they merge it when they load it."
    },
    footer = {
      "Examples:",
      "  parley models merge runs/sft-1/adapter --output merged",
      "  parley models merge org/adapter --base org/model --output merged"
    })
final class MergeCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(paramLabel = "ADAPTER", description = "A directory, or an id on the hub.")
  private String adapter;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      required = true,
      description = "The new directory, which must not exist.")
  private Path output;

  @Option(
      names = "--base",
      paramLabel = "MODEL",
      description = "The base. Default: the one that the adapter names.")
  private Optional<String> base = Optional.empty();

  @Option(
      names = "--format",
      paramLabel = "FORMAT",
      description = "Number format of the weights: f32, bf16 or f16. Default: the base's.")
  private Optional<Format> format = Optional.empty();

  /** Number formats, as users type them. */
  enum Format {
    F32,
    BF16,
    F16;

    private StoredType stored() {
      return StoredType.valueOf(name());
    }
  }

  MergeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws IOException {
    ModelDirectory directory = ModelArgument.ofProcess(terminal).find(adapter, base);
    if (directory.adapter().isEmpty()) {
      throw new Failure(
          "%s is a model by itself: there is nothing to merge".formatted(directory.path()), "");
    }
    if (Files.exists(output)) {
      throw new Failure("%s exists already".formatted(output), "Name a new directory.");
    }
    try (LanguageModel merged = LanguageModel.open(directory, EngineOptions.CPU)) {
      ModelFiles.write(merged, directory.text(), output, type(directory));
    } catch (ModelConfigException | WeightException e) {
      throw new Failure(e.getMessage(), "", e);
    }
    Path statistics = directory.path().resolve(RewardModelFigures.FILE);
    if (Files.exists(statistics)) {
      Files.copy(statistics, output.resolve(RewardModelFigures.FILE));
    }
    terminal.out().println(output.toAbsolutePath().normalize());
    return ExitCode.OK;
  }

  private StoredType type(ModelDirectory directory) {
    if (format.isPresent()) {
      return format.get().stored();
    }
    try (WeightFiles files = WeightFiles.open(directory.base())) {
      return files.storedType();
    }
  }
}
