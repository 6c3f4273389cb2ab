package dev.parley.cli.models;

import dev.parley.cli.ExitCode;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Fetches a model, and prints the directory where it lies. */
@Command(
    name = "download",
    header = "Fetch a model from the Hugging Face hub or S3 and print its directory.",
    description = {
      "From the hub it takes the configuration, the tokenizer with its chat template, and the"
          + " safetensors weights. Files go to the cache that Python's huggingface_hub uses, so"
          + " that both share them. An interrupted download goes on where it ended; every file is"
          + " checked against its checksum.",
      "",
      "With --to the model goes into a directory of its own, whole or not at all; if it is there"
          + " already, nothing is fetched. From S3 it takes the objects s3://BUCKET/PREFIX/NAME,"
          + " not those below further slashes.",
      "",
      "Environment: HF_ENDPOINT, HF_HOME, HF_HUB_CACHE, HF_TOKEN, HF_TOKEN_PATH, HF_HUB_OFFLINE;"
          + " for S3 AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (or any other way"
          + " in which AWS gives credentials), AWS_REGION, and AWS_ENDPOINT_URL for other servers"
          + " than Amazon's."
    },
    footer = {
      "Examples:",
      "  parley models download HuggingFaceTB/SmolLM2-135M-Instruct",
      "  parley models download org/name@v1.0 --to /models/name",
      "  parley models download s3://bucket/sft --to /models/sft --sha256 9f2c…",
      "  HF_TOKEN=hf_… parley models download meta-llama/Llama-3.2-1B"
    })
final class DownloadCommand implements Callable<Integer> {

  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "SOURCE",
      description = "org/name or org/name@revision on the hub, or s3://BUCKET/PREFIX.")
  private String source;

  @Option(
      names = "--to",
      paramLabel = "DIR",
      description = "The directory that the model becomes. Default: the hub's cache.")
  private Optional<Path> directory = Optional.empty();

  @Option(
      names = "--sha256",
      paramLabel = "HEX",
      description = "What parley models digest must say of it; with --to.")
  private Optional<String> digest = Optional.empty();

  DownloadCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() throws InterruptedException {
    Optional<String> expected = digest.map(hex -> hex.toLowerCase(Locale.ROOT));
    if (expected.isPresent() && !expected.get().matches("[0-9a-f]{64}")) {
      throw new ParameterException(
          spec.commandLine(),
          "--sha256 is \"%s\"; expected 64 hexadecimal digits".formatted(digest.get()));
    }
    ModelArgument models = ModelArgument.ofProcess(terminal);
    if (directory.isEmpty()) {
      if (expected.isPresent() || S3Model.isNamed(source)) {
        throw new ParameterException(
            spec.commandLine(),
            (expected.isPresent() ? "--sha256" : source)
                + " needs --to, a directory for the model");
      }
      terminal.out().println(models.resolve(source));
      return ExitCode.OK;
    }
    Placement placement = new Placement(source, directory.get(), expected, terminal);
    if (S3Model.isNamed(source)) {
      S3Model model = S3Model.parse(source);
      placement.place(work -> model.fetch(work, System.getenv(), terminal));
    } else {
      placement.place(work -> models.withCache(work.resolve("hub")).resolve(source));
    }
    terminal.out().println(directory.get());
    return ExitCode.OK;
  }
}
