package dev.parley.model.weights;

import dev.parley.model.torchscript.EngineOptions;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Weights whose files are read one by one, as they are written: by the time that the last is there,
 * little is left to do.
 *
 * <p>Files may be read by several threads at once. What a file held when it was read is what
 * counts: {@link #finish} names the weights by the bytes that they were read from.
 */
public final class EarlyWeights implements AutoCloseable {

  private final Weights weights;
  private final Map<String, String> digests = new ConcurrentHashMap<>();
  private final Set<String> names = ConcurrentHashMap.newKeySet();
  private boolean given;

  /**
   * Makes room.
   *
   * @param slots the arrays to fill
   * @param options where and how precisely to keep them
   */
  public EarlyWeights(List<Slot> slots, EngineOptions options) {
    this.weights = Weights.unread(slots, options);
  }

  /**
   * Weights that are whole.
   *
   * @param digest as {@link WeightFiles#digest} would give it
   * @param weights still owned by this, unless they are {@link #giveAway given away}
   */
  public record Finished(String digest, Weights weights) {}

  /**
   * Reads the tensors of one file, whose names are those in the slots.
   *
   * @param path where the file is now
   * @throws WeightException if it cannot be read, or holds a tensor that the slots have not, or
   *     have in another shape
   */
  public void read(Path path) {
    String name = nameOf(path);
    digests.remove(name);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      weights.read(file);
      names.addAll(file.names());
      digests.put(name, file.digest());
    }
  }

  /** Returns whether no file was read. */
  public boolean isEmpty() {
    return digests.isEmpty();
  }

  /**
   * Reads the files that have not been read yet.
   *
   * @param files all of them, in their place at last
   * @throws WeightException if one cannot be read, or a tensor of the slots is in none
   */
  public Finished finish(WeightFiles files) {
    SideBySide.forEach(
        files.paths().stream().filter(path -> !digests.containsKey(nameOf(path))).toList(),
        this::read);
    Set<String> missing = new HashSet<>(weights.names());
    missing.removeAll(names);
    if (!missing.isEmpty()) {
      throw new WeightException(files.directory() + " lacks " + missing);
    }
    return new Finished(files.digest(path -> digests.get(nameOf(path))), weights);
  }

  private static String nameOf(Path path) {
    return path.getFileName().toString();
  }

  /** Says that somebody else closes the weights. */
  public void giveAway() {
    given = true;
  }

  /** Frees the weights, unless they were given away. */
  @Override
  public void close() {
    if (!given) {
      weights.close();
    }
  }
}
