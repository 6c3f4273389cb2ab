package dev.parley.trainer.checkpoint;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.ModelFiles;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.weights.SafetensorsFile;
import dev.parley.model.weights.SafetensorsWriter;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.Weights;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The full checkpoints of one run: {@code checkpoints/update-000010} and so on. Each holds models
 * as Hugging Face directories, or adapters as PEFT's, optimizer moments and value heads as
 * safetensors, and the recipe's state as JSON.
 */
public final class CheckpointStore {

  private static final String STATE = "state.json";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  private final Path parent;
  private final int keep;

  /**
   * Opens a store.
   *
   * @param parent the directory of all checkpoints
   * @param keep how many to keep, at least 1; older ones are deleted
   */
  public CheckpointStore(Path parent, int keep) {
    this.parent = parent;
    this.keep = keep;
  }

  /** Says what goes into a checkpoint. */
  @FunctionalInterface
  public interface Content {
    /** Adds everything. */
    void addTo(Writer writer) throws IOException;
  }

  /** Takes what goes into a checkpoint. */
  public static final class Writer {

    private final Path directory;

    private Writer(Path directory) {
      this.directory = directory;
    }

    /**
     * Adds a model, in single precision; of one with an adapter, the adapter alone.
     *
     * @param name the directory within the checkpoint
     * @param model the model; a value head beside a language head goes into a file of its own
     * @param origin where the model comes from: its tokenizer and template are copied, and it is
     *     the base of an adapter
     */
    public void model(String name, LanguageModel model, ModelDirectory origin) {
      ModelFiles.write(model, origin, directory.resolve(name), StoredType.F32);
      if (model.heads().language() && model.heads().scalar().isPresent()) {
        List<String> names = model.heads().scalar().get().names();
        List<SafetensorsWriter.Tensor> head =
            model.tensors(StoredType.F32).stream()
                .filter(tensor -> names.contains(tensor.name()))
                .toList();
        SafetensorsWriter.write(directory.resolve(name + ".value_head.safetensors"), head);
      }
    }

    /**
     * Adds arrays in the layout of some weights: an optimizer's moments.
     *
     * @param name the file within the checkpoint, without extension
     * @param weights the arrays
     */
    public void weights(String name, Weights weights) {
      SafetensorsWriter.write(
          directory.resolve(name + ".safetensors"),
          new ArrayList<>(weights.tensors(StoredType.F32)));
    }

    /** Adds the recipe's state, a record. */
    public void state(Object state) throws IOException {
      JSON.writeValue(directory.resolve(STATE).toFile(), state);
    }
  }

  /** One complete checkpoint. */
  public record Checkpoint(Path directory) {

    /** Returns a model's directory. */
    public Path model(String name) {
      return directory.resolve(name);
    }

    /**
     * Overwrites a value head beside a language head.
     *
     * @param name the model's name in the checkpoint
     * @param model has the head
     */
    public void readValueHead(String name, LanguageModel model) {
      Path file = directory.resolve(name + ".value_head.safetensors");
      try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
        tensors.names().forEach(t -> model.setScalarHead(t, tensors.floats(t)));
      }
    }

    /**
     * Overwrites an adapter that learns.
     *
     * @param name the model's name in the checkpoint
     * @param model has an adapter of the same settings
     * @param origin the adapter's base
     * @throws CheckpointException if the base's weights are not those that the adapter was made on
     * @throws dev.parley.model.weights.WeightException if the adapter has other tensors
     */
    public void readAdapter(String name, LanguageModel model, ModelDirectory origin) {
      Optional<String> made = AdapterFiles.baseDigest(model(name));
      if (!made.equals(Optional.of(origin.digest()))) {
        throw new CheckpointException(
            "the adapter in %s was made on weights with the SHA-256 %s, but those in %s have %s; a run goes on with the model that it began with"
                .formatted(model(name), made.orElse("unknown"), origin, origin.digest()));
      }
      AdapterFiles.read(model(name), model.adapter().orElseThrow());
    }

    /** Overwrites arrays with those that were added under a name. */
    public void readWeights(String name, Weights weights) {
      Path file = directory.resolve(name + ".safetensors");
      try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
        weights.names().forEach(t -> weights.setFloats(t, tensors.floats(t)));
      }
    }

    /** Reads the recipe's state. */
    public <T> T state(Class<T> type) {
      Path file = directory.resolve(STATE);
      try {
        return JSON.readValue(file.toFile(), type);
      } catch (IOException e) {
        throw new CheckpointException("cannot read " + file + ": " + e, e);
      }
    }
  }

  /**
   * Writes a checkpoint and deletes those that are too many.
   *
   * @param update updates that it holds
   * @param content what goes into it
   * @return its directory
   * @throws CheckpointException if it cannot be written; the earlier ones are still there
   */
  public Path save(long update, Content content) {
    Path directory = parent.resolve("update-%06d".formatted(update));
    AtomicDirectory.write(directory, temporary -> content.addTo(new Writer(temporary)));
    AtomicDirectory.prune(directory, keep);
    return directory;
  }

  /**
   * Returns the newest checkpoint, every file of it checked.
   *
   * @throws CheckpointException if it is not what its manifest says; the message tells how to go
   *     back to the one before
   */
  public Optional<Checkpoint> latest() {
    List<Path> all = AtomicDirectory.list(parent);
    if (all.isEmpty()) {
      return Optional.empty();
    }
    Path newest = all.get(all.size() - 1);
    try {
      AtomicDirectory.verify(newest);
    } catch (CheckpointException e) {
      throw new CheckpointException(
          e.getMessage() + "; delete " + newest + " to resume from the checkpoint before it", e);
    }
    return Optional.of(new Checkpoint(newest));
  }
}
