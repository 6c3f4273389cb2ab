package dev.parley.model.weights;

import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;

/**
 * The safetensors files of one model directory: {@code model.safetensors}, or the shards that
 * {@code model.safetensors.index.json} lists.
 */
public final class WeightFiles implements AutoCloseable {

  /** The name of an unsharded weight file. */
  public static final String SINGLE_FILE = "model.safetensors";

  /** The name of the file that says which shard holds which tensor. */
  public static final String INDEX_FILE = "model.safetensors.index.json";

  /** No separators: a shard lies beside its index. */
  private static final Pattern SHARD_NAME = Pattern.compile("[\\w.-]+\\.safetensors");

  private final Path directory;
  private final List<SafetensorsFile> files;
  private final Map<String, SafetensorsFile> byTensor;

  private WeightFiles(
      Path directory, List<SafetensorsFile> files, Map<String, SafetensorsFile> byTensor) {
    this.directory = directory;
    this.files = files;
    this.byTensor = byTensor;
  }

  /**
   * Opens a directory's weight files and checks their headers.
   *
   * @param directory a Hugging Face model directory
   * @throws WeightException if there are no weight files, one is truncated or malformed, or the
   *     index and the shards disagree
   */
  public static WeightFiles open(Path directory) {
    Path single = directory.resolve(SINGLE_FILE);
    Path index = directory.resolve(INDEX_FILE);
    // Where both lie side by side, transformers reads the single file too.
    if (!Files.exists(single) && Files.exists(index)) {
      return openShards(directory, index);
    }
    if (!Files.exists(single)) {
      throw new WeightException(
          directory
              + " holds neither "
              + SINGLE_FILE
              + " nor "
              + INDEX_FILE
              + "; other formats (pytorch_model.bin, GGUF) must be converted to safetensors first");
    }
    SafetensorsFile file = SafetensorsFile.open(single);
    Map<String, SafetensorsFile> byTensor = new HashMap<>();
    file.names().forEach(name -> byTensor.put(name, file));
    return new WeightFiles(directory, List.of(file), byTensor);
  }

  private static WeightFiles openShards(Path directory, Path index) {
    Map<String, String> shardOf = readIndex(index);
    Map<String, SafetensorsFile> shards = new TreeMap<>();
    Map<String, SafetensorsFile> byTensor = new HashMap<>();
    try {
      for (String shard : new LinkedHashSet<>(shardOf.values())) {
        if (!SHARD_NAME.matcher(shard).matches()) {
          throw new WeightException(
              index
                  + " names the file \""
                  + shard
                  + "\", expected the name of a .safetensors file beside it");
        }
        shards.put(shard, SafetensorsFile.open(directory.resolve(shard)));
      }
      for (Map.Entry<String, String> entry : shardOf.entrySet()) {
        SafetensorsFile file = shards.get(entry.getValue());
        if (!file.names().contains(entry.getKey())) {
          throw new WeightException(
              index
                  + " says that "
                  + entry.getKey()
                  + " is in "
                  + file.path()
                  + ", where it is not");
        }
        byTensor.put(entry.getKey(), file);
      }
      for (SafetensorsFile file : shards.values()) {
        for (String name : file.names()) {
          if (byTensor.get(name) != file) {
            throw new WeightException(
                file.path() + " holds " + name + ", which " + index + " does not place there");
          }
        }
      }
      return new WeightFiles(directory, List.copyOf(shards.values()), byTensor);
    } catch (WeightException e) {
      shards.values().forEach(SafetensorsFile::close);
      throw e;
    }
  }

  private static Map<String, String> readIndex(Path index) {
    JsonElement root;
    try {
      root = JsonParser.parseString(Files.readString(index, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new WeightException("cannot read " + index + ": " + e, e);
    } catch (JsonParseException e) {
      throw new WeightException(index + " is not JSON: " + e.getMessage(), e);
    }
    JsonElement map = root.isJsonObject() ? root.getAsJsonObject().get("weight_map") : null;
    if (map == null || !map.isJsonObject()) {
      throw new WeightException(
          index + " has no object \"weight_map\", which says which tensor lies in which file");
    }
    Map<String, String> shardOf = new TreeMap<>();
    for (Map.Entry<String, JsonElement> entry : map.getAsJsonObject().entrySet()) {
      if (!entry.getValue().isJsonPrimitive()) {
        throw new WeightException(
            index
                + " places tensor "
                + entry.getKey()
                + " in "
                + entry.getValue()
                + ", expected the name of a file");
      }
      shardOf.put(entry.getKey(), entry.getValue().getAsString());
    }
    return shardOf;
  }

  /** Returns the directory. */
  public Path directory() {
    return directory;
  }

  /** Returns the files, in the order of their names. */
  public List<Path> paths() {
    return files.stream().map(SafetensorsFile::path).toList();
  }

  /** Returns the names of all tensors. */
  public Set<String> names() {
    return byTensor.keySet();
  }

  /**
   * Returns the file that holds a tensor.
   *
   * @throws WeightException if none does
   */
  public SafetensorsFile file(String name) {
    SafetensorsFile file = byTensor.get(name);
    if (file == null) {
      throw new WeightException(directory + " has no tensor " + name);
    }
    return file;
  }

  /** Returns the number format of most of the weights. */
  public StoredType storedType() {
    Map<StoredType, Long> counts = new HashMap<>();
    for (Map.Entry<String, SafetensorsFile> entry : byTensor.entrySet()) {
      SafetensorsFile.Entry tensor = entry.getValue().entry(entry.getKey());
      counts.merge(tensor.type(), tensor.size(), Long::sum);
    }
    return counts.entrySet().stream()
        .max(Map.Entry.comparingByValue())
        .map(Map.Entry::getKey)
        .orElse(StoredType.F32);
  }

  /**
   * Names the weights by their bytes.
   *
   * @return for a single file its SHA-256, so that {@code sha256sum model.safetensors} prints the
   *     same; for shards the SHA-256 of the lines {@code <sha256> <file name>}, as {@code sha256sum
   *     *.safetensors | sha256sum} prints it
   */
  public String digest() {
    return digest(Digests.ofFiles(paths())::get);
  }

  /**
   * As {@link #digest()}, where the files have been read already.
   *
   * @param digests gives the SHA-256 of each of {@link #paths}
   */
  public String digest(Function<Path, String> digests) {
    if (files.size() == 1) {
      return digests.apply(files.get(0).path());
    }
    StringBuilder lines = new StringBuilder();
    for (Path path : paths()) {
      lines.append(digests.apply(path)).append("  ").append(path.getFileName()).append('\n');
    }
    return Digests.ofBytes(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() {
    files.forEach(SafetensorsFile::close);
  }
}
