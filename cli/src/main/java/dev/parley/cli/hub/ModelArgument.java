package dev.parley.cli.hub;

import dev.parley.cli.Failure;
import dev.parley.cli.terminal.Terminal;
import dev.parley.model.ModelDirectory;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.family.ModelConfigException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
   * The same with a cache of one's own, whatever the environment names.
   *
   * @param cache the directory of all models, in the layout of huggingface_hub
   */
  public ModelArgument withCache(Path cache) {
    Map<String, String> changed = new HashMap<>(environment);
    changed.put("HF_HUB_CACHE", cache.toString());
    return new ModelArgument(changed, home, terminal);
  }

  /**
   * Finds a model; what is on the hub is fetched, with progress on standard error. An adapter may
   * name its base as a directory or as an id.
   *
   * @param written as for {@link #resolve}
   * @throws Failure if there is no such model, or it cannot be fetched
   */
  public ModelDirectory find(String written) {
    return find(written, Optional.empty());
  }

  /**
   * As {@link #find(String)}, with a base of the user's choice.
   *
   * @param written as for {@link #resolve}
   * @param base of an adapter: a directory or an id; empty for the one that the adapter names
   * @throws Failure if there is no such model, or it cannot be fetched
   */
  public ModelDirectory find(String written, Optional<String> base) {
    Path directory = resolve(written);
    try {
      Optional<Path> found = base.map(this::resolve).or(() -> baseOnHub(directory));
      return ModelDirectory.of(directory, found);
    } catch (ModelConfigException e) {
      throw new Failure(e.getMessage(), "", e);
    }
  }

  /**
   * Finds the tokenizer and chat template of a model; a directory that has a tokenizer needs to
   * hold nothing else of one.
   *
   * @param written as for {@link #resolve}
   * @return their directory
   * @throws Failure if there is no such model, or it cannot be fetched
   */
  public Path findText(String written) {
    return isDirectory(written) && Files.exists(Path.of(written, "tokenizer.json"))
        ? Path.of(written)
        : find(written).text();
  }

  /** Fetches the base of an adapter that names it by an id. */
  private Optional<Path> baseOnHub(Path directory) {
    if (!AdapterConfig.isIn(directory)) {
      return Optional.empty();
    }
    return AdapterConfig.read(directory)
        .base()
        .filter(name -> !isDirectory(name) && !isDirectory(directory.resolve(name).toString()))
        .filter(name -> HubModel.parse(name).isPresent())
        .map(this::resolve);
  }

  /**
   * The directory of a model; what is on the hub is fetched, with progress on standard error.
   *
   * @param written an existing directory, or {@code org/name}, or {@code org/name@revision}
   * @return an absolute directory with at least a configuration and weights, of a model or an
   *     adapter
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
            "A model's directory has config.json, tokenizer.json and .safetensors weights; an"
                + " adapter's adapter_config.json and adapter_model.safetensors.");
      }
      return directory;
    }
    HubModel model =
        HubModel.parse(written)
            .orElseThrow(
                () ->
                    new Failure(
                        "there is no directory \"%s\", and it is no hub id".formatted(written),
                        "A hub id has two parts, as in HuggingFaceTB/SmolLM2-135M-Instruct, and"
                            + " perhaps @revision."));
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
