package dev.parley.trainer.checkpoint;

import dev.parley.model.LanguageModel;
import dev.parley.model.ModelFiles;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The policy's published weights: {@code versions/version-000010} and so on, each a Hugging Face
 * directory that policies load.
 */
public final class VersionStore {

  private final Path parent;
  private final StoredType type;
  private final int keep;

  /**
   * Opens a store.
   *
   * @param parent the directory of all versions
   * @param type the number format of the weights
   * @param keep how many to keep, so that a policy that is still loading one finds it
   */
  public VersionStore(Path parent, StoredType type, int keep) {
    this.parent = parent;
    this.type = type;
    this.keep = keep;
  }

  /**
   * A version on disk.
   *
   * @param number counts the versions of the run
   * @param checksum of its weight files, as {@link WeightFiles#digest} gives it
   * @param directory where it is
   */
  public record Version(long number, String checksum, Path directory) {}

  /**
   * Writes a version.
   *
   * @param number its number
   * @param policy the weights
   * @param textFiles the directory whose tokenizer and template are copied
   * @throws CheckpointException if it cannot be written
   */
  public Version write(long number, LanguageModel policy, Path textFiles) {
    Path directory = parent.resolve("version-%06d".formatted(number));
    AtomicDirectory.write(
        directory,
        temporary -> {
          Path files = temporary.resolve("model");
          ModelFiles.write(policy, textFiles, files, type);
        });
    List<Path> all = AtomicDirectory.list(parent);
    for (Path old : all.subList(0, Math.max(0, all.size() - keep))) {
      try {
        AtomicDirectory.delete(old);
      } catch (IOException e) {
        throw new CheckpointException("cannot delete the old version " + old + ": " + e, e);
      }
    }
    return new Version(number, digest(directory.resolve("model")), directory.resolve("model"));
  }

  /**
   * Returns the checksum of a model directory's weights.
   *
   * @throws dev.parley.model.weights.WeightException if they cannot be read
   */
  public static String digest(Path modelDirectory) {
    try (WeightFiles files = WeightFiles.open(modelDirectory)) {
      return files.digest();
    }
  }
}
