package dev.parley.model.adapter;

import dev.parley.model.decoder.Heads;
import dev.parley.model.weights.Digests;
import dev.parley.model.weights.LowRankProduct;
import dev.parley.model.weights.SafetensorsFile;
import dev.parley.model.weights.SafetensorsWriter;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.Weights;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * An adapter's directory in PEFT's layout: {@code adapter_config.json} and {@code
 * adapter_model.safetensors}.
 */
public final class AdapterFiles {

  /** The file with the adapter's tensors. */
  public static final String WEIGHTS = "adapter_model.safetensors";

  /**
   * Field of that file's header with the digest of the base model's weights. PEFT passes over it.
   */
  private static final String BASE_DIGEST = "base_model_sha256";

  private static final String HEAD = "lm_head.";

  private AdapterFiles() {}

  /**
   * Which model an adapter belongs to.
   *
   * @param name its directory, or its id on the hub
   * @param digest of its weights, as {@link dev.parley.model.weights.WeightFiles#digest} gives it
   */
  public record Base(String name, String digest) {}

  /**
   * Writes an adapter. A value head beside a language head is left out, since the layout has no
   * place for it.
   *
   * @param adapter the adapter
   * @param base the model that it belongs to
   * @param directory an existing directory that holds no adapter
   * @param type the number format of the tensors
   * @throws WeightException if something cannot be written
   */
  public static void write(Adapter adapter, Base base, Path directory, StoredType type) {
    Path config = directory.resolve(AdapterConfig.FILE);
    try {
      Files.writeString(config, AdapterConfig.json(adapter, base.name()), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new WeightException("cannot write " + config + ": " + e, e);
    }
    List<String> names = adapter.fileTensors();
    List<SafetensorsWriter.Tensor> tensors =
        adapter.weights().tensors(type).stream()
            .filter(tensor -> names.contains(tensor.name()))
            .toList();
    SafetensorsWriter.write(
        directory.resolve(WEIGHTS), tensors, Map.of(BASE_DIGEST, base.digest()));
  }

  /**
   * Overwrites an adapter that learns with what {@link #write} wrote of one with the same settings.
   *
   * @throws WeightException if the file is missing, or holds other tensors
   */
  public static void read(Path directory, Adapter adapter) {
    try (SafetensorsFile file = open(directory)) {
      List<String> names = adapter.fileTensors();
      if (!file.names().equals(Set.copyOf(names))) {
        Set<String> others = new TreeSet<>(file.names());
        others.removeAll(Set.copyOf(names));
        Set<String> missing = new TreeSet<>(names);
        missing.removeAll(file.names());
        throw new WeightException(
            "%s is another adapter: it lacks %s and has %s instead"
                .formatted(file.path(), missing, others));
      }
      names.forEach(name -> adapter.weights().setFloats(name, file.floats(name)));
    }
  }

  /** Returns the digest of the base that the adapter was made on, if its file says it. */
  public static Optional<String> baseDigest(Path directory) {
    try (SafetensorsFile file = open(directory)) {
      return Optional.ofNullable(file.metadata().get(BASE_DIGEST));
    }
  }

  /**
   * Names a base model with an adapter by their bytes.
   *
   * @param directory the adapter's
   * @param baseDigest of the base's weights
   * @return the SHA-256 of the lines {@code <sha256> <name>} of base, configuration and tensors
   */
  public static String digest(Path directory, String baseDigest) {
    StringBuilder lines = new StringBuilder(baseDigest).append("  base\n");
    for (String name : List.of(AdapterConfig.FILE, WEIGHTS)) {
      lines.append(Digests.ofFile(directory.resolve(name))).append("  ").append(name).append('\n');
    }
    return Digests.ofBytes(lines.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Returns how many numbers the score head that an adapter brings gives; 1 if it brings none. */
  public static int outputs(Path directory) {
    String head = AdapterNames.whole(Heads.Scalar.SCORE.names().get(0));
    try (SafetensorsFile file = open(directory)) {
      return file.names().contains(head)
          ? Math.toIntExact(file.entry(head).shape().get(0))
          : Heads.SCORE.outputs();
    }
  }

  /**
   * Merges an adapter into the weights that it belongs to: W becomes W + s B A, and whole tensors
   * ({@code modules_to_save}) take the place of the base's.
   *
   * @param directory the adapter's
   * @param config its configuration
   * @param weights are changed
   * @param brought tensors that the adapter must bring, since the base lacks them
   * @throws WeightException if the adapter has a tensor that the base has no place for, or lacks
   *     one
   */
  public static void merge(
      Path directory, AdapterConfig config, Weights weights, List<String> brought) {
    try (SafetensorsFile file = open(directory)) {
      for (String tensor : brought) {
        if (!file.names().contains(AdapterNames.whole(tensor))) {
          throw new WeightException(
              "%s lacks %s, and its base has no %s either; PEFT saves a head that modules_to_save names"
                  .formatted(file.path(), AdapterNames.whole(tensor), tensor));
        }
      }
      List<String> known = weights.names();
      for (String name : new TreeSet<>(file.names())) {
        if (name.endsWith(AdapterNames.B)) {
          partner(file, name, AdapterNames.B, AdapterNames.A);
        } else if (name.endsWith(AdapterNames.A)) {
          String b = partner(file, name, AdapterNames.A, AdapterNames.B);
          String module = inner(file, name, AdapterNames.A);
          requireKnown(file, name, module + ".weight", known);
          int rank = rank(file, name, b);
          weights.add(
              module + ".weight",
              new LowRankProduct(
                  file.floats(b), file.floats(name), rank, config.scale(module, rank)));
        } else {
          String tensor = inner(file, name, "");
          requireKnown(file, name, tensor, known);
          weights.setFloats(tensor, file.floats(name));
        }
      }
    }
  }

  private static SafetensorsFile open(Path directory) {
    Path file = directory.resolve(WEIGHTS);
    if (!Files.exists(file)) {
      throw new WeightException(
          directory
              + " holds no "
              + WEIGHTS
              + "; an adapter in another format (adapter_model.bin) must be saved as safetensors by"
              + " PEFT first");
    }
    return SafetensorsFile.open(file);
  }

  private static String partner(SafetensorsFile file, String name, String end, String other) {
    String partner = name.substring(0, name.length() - end.length()) + other;
    if (!file.names().contains(partner)) {
      throw new WeightException(file.path() + " holds " + name + " but not " + partner);
    }
    return partner;
  }

  /** Returns a name without what PEFT puts around it. */
  private static String inner(SafetensorsFile file, String name, String end) {
    if (!name.startsWith(AdapterNames.PREFIX)) {
      throw new WeightException(
          file.path()
              + " holds "
              + name
              + ", expected names that begin with "
              + AdapterNames.PREFIX);
    }
    return name.substring(AdapterNames.PREFIX.length(), name.length() - end.length());
  }

  private static void requireKnown(
      SafetensorsFile file, String name, String tensor, List<String> known) {
    if (!known.contains(tensor)) {
      throw new WeightException(
          file.path()
              + " holds "
              + name
              + ", but the base model has no tensor "
              + tensor
              + (tensor.startsWith(HEAD) ? ": its output head is the embedding" : "")
              + "; is it the base that the adapter was made on?");
    }
  }

  private static int rank(SafetensorsFile file, String a, String b) {
    List<Long> low = file.entry(a).shape();
    List<Long> high = file.entry(b).shape();
    if (low.size() != 2 || high.size() != 2 || !low.get(0).equals(high.get(1))) {
      throw new WeightException(
          "%s: %s has shape %s and its B %s, expected [rank, inputs] and [outputs, rank]"
              .formatted(file.path(), a, low, high));
    }
    return Math.toIntExact(low.get(0));
  }
}
