package dev.parley.policy.serving;

import com.google.gson.JsonObject;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightFiles;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.proto.version.v1.VersionReference;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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

  /** Overwrites some bytes in the middle of the weights. */
  static void corrupt(Path checkpoint) {
    write(checkpoint, channel -> channel.write(ByteBuffer.allocate(64), channel.size() / 2));
  }

  /** Cuts the last bytes of the weights off. */
  static void truncate(Path checkpoint) {
    write(checkpoint, channel -> channel.truncate(channel.size() - 100));
  }

  private interface Change {
    void apply(FileChannel channel) throws IOException;
  }

  private static void write(Path checkpoint, Change change) {
    Path weights = checkpoint.resolve(WeightFiles.SINGLE_FILE);
    try (FileChannel channel = FileChannel.open(weights, StandardOpenOption.WRITE)) {
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
