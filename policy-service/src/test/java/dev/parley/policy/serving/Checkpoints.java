package dev.parley.policy.serving;

import com.google.gson.JsonObject;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.Digests;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.proto.version.v1.VersionFile;
import dev.parley.proto.version.v1.VersionReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;

/** Checkpoint directories, good and bad, as a trainer might leave them. */
final class Checkpoints {

  private final Path directory;

  Checkpoints(Path directory) {
    this.directory = directory;
  }

  /** Writes the tiny model of a seed. */
  Path write(long seed) {
    return TinyModel.write(directory.resolve("good-" + seed), seed);
  }

  /** Writes the tiny model of a seed in several files. */
  Path writeInFiles(String name, long seed) {
    try (LanguageModel model = TinyModel.create(seed)) {
      Path written = directory.resolve(name);
      ModelDirectory origin = ModelDirectory.of(write(seed));
      ModelFiles.write(model, origin, written, StoredType.F32, 20_000, (file, files) -> {});
      return written;
    }
  }

  /** Returns the paths of a checkpoint's weights. */
  static List<Path> files(Path checkpoint) {
    try (WeightFiles files = WeightFiles.open(checkpoint)) {
      return files.paths();
    }
  }

  /** What the trainer says of a file while others of its version are still being written. */
  static VersionFile written(String runId, long version, Path file, int files) {
    return VersionFile.newBuilder()
        .setRunId(runId)
        .setVersion(version)
        .setFileUri(file.toUri().toString())
        .setChecksum(Digests.ofFile(file))
        .setFiles(files)
        .build();
  }

  /** Writes a model of twice the width. */
  Path writeWider() {
    JsonObject wider = new JsonObject();
    wider.addProperty("intermediate_size", 128);
    return write("wider", wider);
  }

  /** Writes a model of the same shape whose attention has biases. */
  Path writeBiased() {
    JsonObject biased = new JsonObject();
    biased.addProperty("attention_bias", true);
    return write("biased", biased);
  }

  private Path write(String name, JsonObject changes) {
    try (LanguageModel model =
        LanguageModel.create(TinyModel.config().with(changes), 1, EngineOptions.CPU)) {
      Path written = directory.resolve(name);
      ModelFiles.write(model, directory, written, StoredType.F32);
      return written;
    }
  }

  /** Writes the tiny model of a seed with one weight that is not a number. */
  Path writeNotANumber(long seed) {
    return changed(
        "nan",
        seed,
        model -> {
          String name = "model.norm.weight";
          float[] values = model.weights().floats(name);
          values[3] = Float.NaN;
          model.weights().setFloats(name, values);
        });
  }

  private Path changed(String name, long seed, Consumer<LanguageModel> change) {
    try (LanguageModel model = TinyModel.create(seed)) {
      change.accept(model);
      Path written = directory.resolve(name);
      ModelFiles.write(model, directory, written, StoredType.F32);
      return written;
    }
  }

  /** Overwrites the last bytes of the weights. */
  static void corrupt(Path checkpoint) {
    corruptFile(checkpoint.resolve(WeightFiles.SINGLE_FILE));
  }

  /** Overwrites the last bytes of a file. */
  static void corruptFile(Path file) {
    write(file, channel -> channel.write(ByteBuffer.allocate(64), channel.size() - 64));
  }

  /** Cuts the last bytes of the weights off. */
  static void truncate(Path checkpoint) {
    write(
        checkpoint.resolve(WeightFiles.SINGLE_FILE),
        channel -> channel.truncate(channel.size() - 100));
  }

  private interface Change {
    void apply(FileChannel channel) throws IOException;
  }

  private static void write(Path file, Change change) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      change.apply(channel);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String digest(Path checkpoint) {
    return ModelDirectory.of(checkpoint).digest();
  }

  /** Announces a directory as it is now. */
  static PolicyVersion announce(String runId, long version, Path checkpoint) {
    return announce(runId, version, checkpoint, digest(checkpoint));
  }

  static PolicyVersion announce(String runId, long version, Path checkpoint, String checksum) {
    return PolicyVersion.newBuilder()
        .setRunId(runId)
        .setVersion(VersionReference.newBuilder().setVersion(version).setChecksum(checksum))
        .setCheckpointUri(checkpoint.toUri().toString())
        .build();
  }
}
