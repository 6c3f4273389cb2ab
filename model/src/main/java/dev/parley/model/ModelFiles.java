package dev.parley.model;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import dev.parley.model.adapter.AdapterFiles;
import dev.parley.model.family.ModelConfig;
import dev.parley.model.weights.SafetensorsWriter;
import dev.parley.model.weights.StoredType;
import dev.parley.model.weights.WeightException;
import dev.parley.model.weights.WeightFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Writes model directories that transformers, vLLM and llama.cpp can read. */
public final class ModelFiles {

  /** Files that belong to the text side of a model and are carried along unchanged. */
  private static final List<String> TEXT_FILES =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja",
          "generation_config.json");

  /** A weight file is split when it would be larger, as transformers does. */
  private static final long LARGEST_SHARD = 5_000_000_000L;

  private static final Written UNHEARD = (file, files) -> {};

  private ModelFiles() {}

  /** Hears of files of weights while others are still being written. */
  @FunctionalInterface
  public interface Written {

    /**
     * A file is whole and on disk. Called by the thread that wrote it.
     *
     * @param file where it is
     * @param files how many there will be
     */
    void whole(Path file, int files);
  }

  /**
   * Writes a model directory: config.json, weights, and the text files of the model it came from.
   *
   * @param model the model; a value head beside a language head is left out, since the layout has
   *     no place for it
   * @param textFiles the directory whose tokenizer and template are copied
   * @param directory the new directory, which must not exist
   * @param type the number format of the weights
   * @throws WeightException if something cannot be written
   */
  public static void write(LanguageModel model, Path textFiles, Path directory, StoredType type) {
    write(model, textFiles, directory, type, LARGEST_SHARD, UNHEARD);
  }

  private static void write(
      LanguageModel model,
      Path textFiles,
      Path directory,
      StoredType type,
      long largestFile,
      Written written) {
    try {
      Files.createDirectories(directory.toAbsolutePath().getParent());
      Files.createDirectory(directory);
      copyTextFiles(textFiles, directory);
      String config = model.config(type).toJson();
      Files.writeString(directory.resolve(ModelConfig.FILE), config, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new WeightException("cannot write " + directory + ": " + e, e);
    }
    List<SafetensorsWriter.Tensor> tensors = new ArrayList<>(model.tensors(type));
    if (model.heads().language()) {
      model
          .heads()
          .scalar()
          .ifPresent(head -> tensors.removeIf(tensor -> head.names().contains(tensor.name())));
    }
    writeWeights(directory, tensors, largestFile, written);
  }

  /**
   * Writes what learns: of a model with an adapter, the adapter alone, in PEFT's layout and without
   * text files; of any other, a model directory.
   *
   * @param model the model; a value head beside a language head is left out
   * @param origin where it comes from: the base of an adapter; else tokenizer and template are
   *     copied
   * @param directory the new directory, which must not exist
   * @param type the number format of what is written
   * @throws WeightException if something cannot be written
   */
  public static void write(
      LanguageModel model, ModelDirectory origin, Path directory, StoredType type) {
    write(model, origin, directory, type, LARGEST_SHARD, UNHEARD);
  }

  /**
   * Writes what learns.
   *
   * @param largestFile bytes of weights in one file, but for a single tensor that is larger; for
   *     other parameters and errors see {@link #write(LanguageModel, ModelDirectory, Path,
   *     StoredType)}
   * @param written hears of files of a model's weights; not of an adapter's
   */
  public static void write(
      LanguageModel model,
      ModelDirectory origin,
      Path directory,
      StoredType type,
      long largestFile,
      Written written) {
    if (model.adapter().isPresent()) {
      writeAdapter(model, origin, directory, type);
    } else {
      write(model, origin.text(), directory, type, largestFile, written);
    }
  }

  /**
   * Writes an adapter's directory in PEFT's layout, without text files.
   *
   * @param model has an adapter; a value head beside a language head is left out
   * @param base where the model lies that is adapted
   * @param directory the new directory, which must not exist
   * @param type the number format of the adapter's tensors
   * @throws WeightException if something cannot be written
   */
  private static void writeAdapter(
      LanguageModel model, ModelDirectory base, Path directory, StoredType type) {
    try {
      Files.createDirectories(directory.toAbsolutePath().getParent());
      Files.createDirectory(directory);
    } catch (IOException e) {
      throw new WeightException("cannot write " + directory + ": " + e, e);
    }
    String name = base.path().toAbsolutePath().normalize().toString();
    AdapterFiles.write(
        model.adapter().orElseThrow(), new AdapterFiles.Base(name, base.digest()), directory, type);
  }

  /**
   * Writes a model directory as {@link #write} does, in the place of one that may be there already.
   */
  public static void replace(LanguageModel model, Path textFiles, Path directory, StoredType type) {
    replace(directory, fresh -> write(model, textFiles, fresh, type));
  }

  /**
   * Writes an adapter's directory in PEFT's layout with the base's text files, in the place of one
   * that may be there already.
   */
  public static void replaceAdapter(
      LanguageModel model, ModelDirectory base, Path directory, StoredType type) {
    replace(
        directory,
        fresh -> {
          writeAdapter(model, base, fresh, type);
          copyTextFiles(base.text(), fresh);
        });
  }

  /** Writes the content of a directory. */
  private interface Content {
    void writeTo(Path directory) throws IOException;
  }

  private static void replace(Path directory, Content content) {
    Path fresh = directory.resolveSibling(directory.getFileName() + ".new");
    try {
      deleteDirectory(fresh);
      content.writeTo(fresh);
      deleteDirectory(directory);
      Files.move(fresh, directory);
    } catch (IOException e) {
      throw new WeightException("cannot replace " + directory + ": " + e, e);
    }
  }

  private static void deleteDirectory(Path directory) throws IOException {
    if (!Files.exists(directory)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> children = Files.list(directory)) {
      files = children.toList();
    }
    for (Path file : files) {
      Files.delete(file);
    }
    Files.delete(directory);
  }

  /**
   * Copies the tokenizer, chat template and generation settings.
   *
   * @throws IOException if a file cannot be copied
   */
  public static void copyTextFiles(Path from, Path to) throws IOException {
    for (String name : TEXT_FILES) {
      if (Files.exists(from.resolve(name))) {
        Files.copy(from.resolve(name), to.resolve(name), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }

  static void writeWeights(
      Path directory, List<SafetensorsWriter.Tensor> tensors, long largestFile, Written written) {
    List<List<SafetensorsWriter.Tensor>> shards = new ArrayList<>();
    long room = 0;
    for (SafetensorsWriter.Tensor tensor : tensors) {
      long bytes = tensor.size() * tensor.type().bytes();
      if (shards.isEmpty() || bytes > room) {
        shards.add(new ArrayList<>());
        room = largestFile;
      }
      shards.get(shards.size() - 1).add(tensor);
      room -= bytes;
    }
    if (shards.size() == 1) {
      SafetensorsWriter.write(
          Map.of(directory.resolve(WeightFiles.SINGLE_FILE), shards.get(0)),
          file -> written.whole(file, 1));
      return;
    }
    Map<Path, List<SafetensorsWriter.Tensor>> files = new LinkedHashMap<>();
    JsonObject weightMap = new JsonObject();
    long total = 0;
    for (int i = 0; i < shards.size(); i++) {
      String name = "model-%05d-of-%05d.safetensors".formatted(i + 1, shards.size());
      files.put(directory.resolve(name), shards.get(i));
      for (SafetensorsWriter.Tensor tensor : shards.get(i)) {
        weightMap.addProperty(tensor.name(), name);
        total += tensor.size() * tensor.type().bytes();
      }
    }
    SafetensorsWriter.write(files, file -> written.whole(file, files.size()));
    JsonObject metadata = new JsonObject();
    metadata.addProperty("total_size", total);
    JsonObject index = new JsonObject();
    index.add("metadata", metadata);
    index.add("weight_map", weightMap);
    String json = new GsonBuilder().setPrettyPrinting().create().toJson(index) + "\n";
    try {
      Files.writeString(directory.resolve(WeightFiles.INDEX_FILE), json, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new WeightException("cannot write the index of " + directory + ": " + e, e);
    }
  }
}
