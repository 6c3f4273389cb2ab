package dev.parley.model;

import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.family.ModelConfigException;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Where a model lies: a directory by itself, or that of an adapter with the one of the base model
 * that it belongs to.
 */
public final class ModelDirectory {

  private final Path path;
  private final Path base;
  private final Optional<AdapterConfig> adapter;
  private Optional<Weighed> weighed = Optional.empty();

  /**
   * The digest of the base's weights, and by what to notice that it is of another day.
   *
   * @param files with their sizes and times of change
   */
  private record Weighed(List<String> files, String digest) {}

  private ModelDirectory(Path path, Path base, Optional<AdapterConfig> adapter) {
    this.path = path;
    this.base = base;
    this.adapter = adapter;
  }

  /**
   * Looks at a directory. The base of an adapter is the directory that its configuration names:
   * absolute, or seen from the adapter's own directory, or else from the working directory.
   *
   * @param directory a Hugging Face model directory, or an adapter's in PEFT's layout
   * @throws ModelConfigException if it is an adapter's, and its base is not there
   */
  public static ModelDirectory of(Path directory) {
    return of(directory, Optional.empty());
  }

  /**
   * As {@link #of(Path)}, with a base of the caller's choice.
   *
   * @param directory a Hugging Face model directory, or an adapter's in PEFT's layout
   * @param base the directory of the adapter's base, instead of the one that its configuration
   *     names
   * @throws ModelConfigException if the base is not there, or is given to what is no adapter
   */
  public static ModelDirectory of(Path directory, Optional<Path> base) {
    if (!AdapterConfig.isIn(directory)) {
      if (base.isPresent()) {
        throw new ModelConfigException(
            directory
                + " is no adapter (it holds no "
                + AdapterConfig.FILE
                + "), so it cannot have the base "
                + base.get());
      }
      return new ModelDirectory(directory, directory, Optional.empty());
    }
    AdapterConfig config = AdapterConfig.read(directory);
    Path found = base.orElseGet(() -> named(directory, config));
    if (!Files.isDirectory(found)) {
      throw new ModelConfigException(
          "the base model of adapter "
              + directory
              + " is to be "
              + found
              + ", which is no directory");
    }
    if (AdapterConfig.isIn(found)) {
      throw new ModelConfigException(
          "the base model "
              + found
              + " of adapter "
              + directory
              + " is an adapter itself; merge that one first");
    }
    return new ModelDirectory(directory, found, Optional.of(config));
  }

  private static Path named(Path directory, AdapterConfig config) {
    String name =
        config
            .base()
            .filter(text -> !text.isBlank())
            .orElseThrow(
                () ->
                    new ModelConfigException(
                        config.origin()
                            + " does not say which model the adapter belongs to"
                            + " (\"base_model_name_or_path\"); give its directory"));
    Set<Path> places = new LinkedHashSet<>();
    places.add(directory.toAbsolutePath().resolve(name).normalize());
    places.add(Path.of(name).toAbsolutePath().normalize());
    return places.stream()
        .filter(Files::isDirectory)
        .findFirst()
        .orElseThrow(
            () ->
                new ModelConfigException(
                    config.origin()
                        + " names the base model \""
                        + name
                        + "\", but there is no directory "
                        + String.join(" or ", places.stream().map(Path::toString).toList())
                        + "; give the directory where the base lies"));
  }

  /**
   * Returns an adapter on the same base, whose digest is not computed again.
   *
   * @param directory the adapter's
   * @throws ModelConfigException if it is none
   */
  public ModelDirectory withAdapter(Path directory) {
    ModelDirectory adapted =
        new ModelDirectory(directory, base, Optional.of(AdapterConfig.read(directory)));
    adapted.weighed = Optional.of(weigh());
    return adapted;
  }

  /** Returns the directory as it was asked for. */
  public Path path() {
    return path;
  }

  /** Returns where config.json and the weights are: the directory itself, or that of the base. */
  public Path base() {
    return base;
  }

  /** Returns the adapter's configuration, if this is one. */
  public Optional<AdapterConfig> adapter() {
    return adapter;
  }

  /**
   * Returns where tokenizer and chat template are: with the adapter if it has them, or its base.
   */
  public Path text() {
    return Files.exists(path.resolve("tokenizer.json")) ? path : base;
  }

  /**
   * Names the model by its bytes: as {@link WeightFiles#digest} does, or of an adapter as {@link
   * AdapterFiles#digest} does.
   *
   * @throws WeightException if a file cannot be read, or the adapter says that it belongs to other
   *     weights than those of its base
   */
  public String digest() {
    checkBase();
    return adapter.isPresent() ? AdapterFiles.digest(path, baseDigest()) : baseDigest();
  }

  /**
   * Checks that an adapter was made on the weights that its base has, if it says on which.
   *
   * @throws WeightException if it was not
   */
  public void checkBase() {
    if (adapter.isEmpty()) {
      return;
    }
    Optional<String> expected = AdapterFiles.baseDigest(path);
    if (expected.isPresent() && !expected.get().equals(baseDigest())) {
      throw new WeightException(
          "adapter %s was made on weights with the SHA-256 %s, but those in %s have %s; give the base that it was made on"
              .formatted(path, expected.get(), base, baseDigest()));
    }
  }

  /** Returns the digest of the base's weights, which are read again only if they have changed. */
  public String baseDigest() {
    return weigh().digest();
  }

  private synchronized Weighed weigh() {
    try (WeightFiles files = WeightFiles.open(base)) {
      List<String> now = files.paths().stream().map(ModelDirectory::sizeAndTime).toList();
      if (weighed.isEmpty() || !weighed.get().files().equals(now)) {
        weighed = Optional.of(new Weighed(now, files.digest()));
      }
      return weighed.get();
    }
  }

  private static String sizeAndTime(Path file) {
    try {
      return file.getFileName() + " " + Files.size(file) + " " + Files.getLastModifiedTime(file);
    } catch (IOException e) {
      throw new WeightException("cannot read " + file + ": " + e, e);
    }
  }

  @Override
  public String toString() {
    return adapter.isPresent() ? path + " on " + base : path.toString();
  }
}
