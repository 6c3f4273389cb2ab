package dev.parley.cli.models;

import dev.parley.cli.ExitCode;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.terminal.Terminal;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** Fetches a model, and prints the directory where it lies. */
@Command(
    name = "download",
    header = "Fetch a model from the Hugging Face hub and print its directory.",
    description = {
      "Takes the configuration, the tokenizer with its chat template, and the safetensors weights. Files go to the cache that Python's huggingface_hub uses, so that both share them. An interrupted download goes on where it ended; every file is checked against its checksum.",
      "",
      "Environment: HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE."
    },
    footer = {
      "Examples:",
      "  parley models download HuggingFaceTB/SmolLM2-135M-Instruct",
      "  parley models download org/name@v1.0",
      "  HF_TOKEN=hf_… parley models download meta-llama/Llama-3.2-1B"
    })
final class DownloadCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Parameters(
      paramLabel = "MODEL",
      description =
          "A hub id, org/name or org/name@revision; a directory is only checked to exist.")
  private String model;

  DownloadCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    terminal.out().println(ModelArgument.ofProcess(terminal).resolve(model));
    return ExitCode.OK;
  }
}
