package dev.parley.trainer.checkpoint;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * The policy's published weights: {@code versions/version-000010} and so on, each a Hugging Face
 * directory, or an adapter's, that policies load.
 */
public final class VersionStore {

  private static final String MODEL = "model";

  /** Bytes. One core each writes a file, adds up its checksum, and does so again in a policy. */
  private static final long LARGEST_FILE = 256_000_000L;

  private final Path parent;
  private final ModelDirectory origin;
  private final StoredType type;
  private final int keep;
  private final long largestFile;

  /**
   * Opens a store.
   *
   * @param parent the directory of all versions
   * @param origin where the policy comes from: its tokenizer and template are copied, and it is the
   *     base of adapters
   * @param type the number format of the weights
   * @param keep how many to keep, at least 1, so that a policy that is still loading one finds it
   */
  public VersionStore(Path parent, ModelDirectory origin, StoredType type, int keep) {
    this(parent, origin, type, keep, LARGEST_FILE);
  }

  /** As the public constructor, with files of weights of at most so many bytes. */
  VersionStore(Path parent, ModelDirectory origin, StoredType type, int keep, long largestFile) {
    this.parent = parent;
    this.origin = origin;
    this.type = type;
    this.keep = keep;
    this.largestFile = largestFile;
  }

  /**
   * A version on disk.
   *
   * @param number counts the versions of the run
   * @param checksum of its weight files, as {@link ModelDirectory#digest} gives it
   * @param directory where it is
   */
  public record Version(long number, String checksum, Path directory) {}

  /**
   * Writes a version, and deletes those that are too many. Of a policy with an adapter, the adapter
   * alone is written.
   *
   * @param number its number
   * @param policy the weights
   * @throws CheckpointException if it cannot be written
   */
  public Version write(long number, LanguageModel policy) {
    Path directory = directory(number);
    Map<String, String> digests =
        AtomicDirectory.write(
            directory,
            temporary ->
                ModelFiles.write(policy, origin, temporary.resolve(MODEL), type, largestFile));
    AtomicDirectory.prune(directory, keep);
    Path model = directory.resolve(MODEL);
    return new Version(number, digest(model, digests), model);
  }

  /** As {@link #digest(Path)}, from the digests of the version's files, which are known already. */
  private String digest(Path model, Map<String, String> known) {
    if (AdapterConfig.isIn(model)) {
      return digest(model);
    }
    try (WeightFiles files = WeightFiles.open(model)) {
      return files.digest(file -> known.get(MODEL + "/" + file.getFileName()));
    }
  }

  /**
   * Finds a version that was written before.
   *
   * @param number its number
   * @param checksum that its weights must have
   * @return empty if it is not there, or its weights are others
   */
  public Optional<Version> find(long number, String checksum) {
    Path directory = directory(number);
    if (!AtomicDirectory.intact(directory)) {
      return Optional.empty();
    }
    Path model = directory.resolve(MODEL);
    return Optional.of(new Version(number, digest(model, AtomicDirectory.listed(directory)), model))
        .filter(version -> version.checksum().equals(checksum));
  }

  private Path directory(long number) {
    return parent.resolve("version-%06d".formatted(number));
  }

  /**
   * Returns the checksum of a version's weights.
   *
   * @param model its directory: a model's, or that of an adapter of the run's starting model
   * @throws dev.parley.model.weights.WeightException if they cannot be read
   */
  public String digest(Path model) {
    ModelDirectory version =
        AdapterConfig.isIn(model) ? origin.withAdapter(model) : ModelDirectory.of(model);
    return version.digest();
  }
}
