package dev.parley.cli.hub;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** What a user types for a model: a directory, or an id on the hub. */
public final class ModelArgument {

  private final Map<String, String> environment;
  private final Path home;
  private final Terminal terminal;

  ModelArgument(Map<String, String> environment, Path home, Terminal terminal) {
    this.environment = environment;
    this.home = home;
    this.terminal = terminal;
  }

  /** Arguments under this process's environment. */
  public static ModelArgument ofProcess(Terminal terminal) {
    return new ModelArgument(System.getenv(), Path.of(System.getProperty("user.home")), terminal);
  }

  /**
   * The directory of a model; what is on the hub is fetched, with progress on standard error.
   *
   * @param written an existing directory, or {@code org/name}, or {@code org/name@revision}
   * @return an absolute directory with at least a configuration and weights
   * @throws Failure if there is no such model, or it cannot be fetched
   */
  public Path resolve(String written) {
    if (isDirectory(written)) {
      Path directory = Path.of(written).toAbsolutePath().normalize();
      List<String> missing = WantedFiles.missingIn(directory);
      if (!missing.isEmpty()) {
        throw new Failure(
            "%s is no model: %s missing"
                .formatted(
                    directory, String.join(", ", missing) + (missing.size() == 1 ? " is" : " are")),
            "A model's directory has config.json, tokenizer.json and .safetensors weights.");
      }
      return directory;
    }
    HubModel model =
        HubModel.parse(written)
            .orElseThrow(
                () ->
                    new Failure(
                        "there is no directory \"%s\", and it is no hub id".formatted(written),
                        "A hub id has two parts, as in HuggingFaceTB/SmolLM2-135M-Instruct, and perhaps @revision."));
    return HubDownload.of(HubSettings.of(environment, home), environment, terminal).fetch(model);
  }

  private static boolean isDirectory(String written) {
    try {
      return !written.isBlank() && Files.isDirectory(Path.of(written));
    } catch (InvalidPathException e) {
      return false;
    }
  }
}
