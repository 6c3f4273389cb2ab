package dev.parley.trainer.checkpoint;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.weights.Digests;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * The policy's published weights: {@code versions/version-000010} and so on, each a Hugging Face
 * directory, or an adapter's, that policies load.
 */
public final class VersionStore {

  private static final String MODEL = "model";

  /** Bytes. One core each writes a file, adds up its checksum, and does so again in a policy. */
  private static final long LARGEST_FILE = 256_000_000L;

  /** Bytes. A policy that reads along is behind by the files that are just being written. */
  private static final long SMALLEST_FILE = 32_000_000L;

  /** In so many files at least, unless they were too small. */
  private static final int FILES = 16;

  private final Path parent;
  private final ModelDirectory origin;
  private final StoredType type;
  private final int keep;
  private final OptionalLong largestFile;

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
    this(parent, origin, type, keep, OptionalLong.empty());
  }

  /** As the public constructor, with files of weights of at most so many bytes. */
  VersionStore(
      Path parent, ModelDirectory origin, StoredType type, int keep, OptionalLong largestFile) {
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
   * One file of a version that is being written. The version's directory will have it under the
   * same name.
   *
   * @param number of the version
   * @param path where it is until the version is whole
   * @param checksum its SHA-256
   * @param files how many files of weights the version will have
   */
  public record WrittenFile(long number, Path path, String checksum, int files) {}

  /** As {@link #write(long, LanguageModel, Consumer)}, with nobody to read along. */
  public Version write(long number, LanguageModel policy) {
    return write(number, policy, file -> {});
  }

  /**
   * Writes a version. Of a policy with an adapter, the adapter alone is written.
   *
   * @param number its number
   * @param policy the weights
   * @param written told of each file of weights as soon as it is there, by several threads; of an
   *     adapter's none
   * @throws CheckpointException if it cannot be written
   */
  public Version write(long number, LanguageModel policy, Consumer<WrittenFile> written) {
    Path directory = directory(number);
    Map<String, String> digests =
        AtomicDirectory.writeDigested(
            directory,
            temporary -> {
              Map<Path, String> known = new ConcurrentHashMap<>();
              ModelFiles.write(
                  policy,
                  origin,
                  temporary.resolve(MODEL),
                  type,
                  largestFile(policy),
                  (file, files) -> {
                    String checksum = Digests.ofFile(file);
                    known.put(file, checksum);
                    written.accept(new WrittenFile(number, file, checksum, files));
                  });
              return known;
            });
    Path model = directory.resolve(MODEL);
    return new Version(number, digest(model, digests), model);
  }

  /**
   * Deletes versions that are too many. That takes a tenth of a second for half a gigabyte: best
   * while policies answer with the newest, rather than before they have it or while they read it.
   *
   * @param newest the number of the version that was written last
   * @throws CheckpointException if one cannot be deleted
   */
  public void prune(long newest) {
    AtomicDirectory.prune(directory(newest), keep);
  }

  private long largestFile(LanguageModel policy) {
    long bytes = policy.weights().parameters() * type.bytes();
    return largestFile.orElse(Math.max(SMALLEST_FILE, Math.min(LARGEST_FILE, bytes / FILES)));
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
