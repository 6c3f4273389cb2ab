package dev.parley.cli.hub;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import dev.parley.model.adapter.AdapterConfig;
import dev.parley.model.adapter.AdapterFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which of a model's or an adapter's files Parley reads: configuration, tokenizer, chat template
 * and safetensors, all at the top of the repository. Weights in other formats ({@code .bin}, GGUF,
 * ONNX, …), and copies in folders, are left where they are.
 */
final class WantedFiles {

  static final String CONFIG = "config.json";
  static final String INDEX = "model.safetensors.index.json";
  private static final String SINGLE = "model.safetensors";
  private static final Set<String> SMALL =
      Set.of(
          CONFIG,
          AdapterConfig.FILE,
          "generation_config.json",
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model",
          "chat_template.jinja",
          "chat_template.json",
          INDEX);

  private WantedFiles() {}

  /** The files beside the weights. */
  static List<HubFile> small(HubListing listing) {
    return listing.files().stream().filter(file -> SMALL.contains(file.path())).toList();
  }

  /**
   * The weights: those of an adapter if it is one, else the shards that the index names, else the
   * one file, else every safetensors file at the top. A repository may hold a second copy under
   * other names ("consolidated"), which is not wanted.
   *
   * @param index the content of the index, if the model has one
   * @throws Failure if there are none
   */
  static List<HubFile> weights(HubModel model, HubListing listing, Optional<Path> index) {
    if (index.isPresent()) {
      List<HubFile> shards = new ArrayList<>();
      for (String name : shards(index.get())) {
        shards.add(
            listing.files().stream()
                .filter(file -> file.path().equals(name))
                .findFirst()
                .orElseThrow(
                    () ->
                        new Failure(
                            "%s: %s names the file %s, which the hub does not have"
                                .formatted(model, INDEX, name),
                            "The model is incomplete; ask its owner, or take another revision.")));
      }
      return shards;
    }
    List<HubFile> top =
        listing.files().stream()
            .filter(file -> file.path().endsWith(".safetensors") && !file.path().contains("/"))
            .toList();
    String wanted = isAdapter(listing) ? AdapterFiles.WEIGHTS : SINGLE;
    Optional<HubFile> single = top.stream().filter(file -> file.path().equals(wanted)).findFirst();
    if (single.isPresent()) {
      return List.of(single.get());
    }
    if (top.isEmpty()) {
      boolean pickled = listing.files().stream().anyMatch(file -> file.path().endsWith(".bin"));
      throw new Failure(
          "%s has no .safetensors weights%s"
              .formatted(model, pickled ? ", only .bin files, which can run code when read" : ""),
          "Look for a revision or a copy of the model with safetensors, or convert it with transformers' save_pretrained.");
    }
    return top;
  }

  /** Tells whether a repository says what it is: a model, or an adapter. */
  static boolean hasConfiguration(HubListing listing) {
    return isAdapter(listing) || has(listing, CONFIG);
  }

  private static boolean isAdapter(HubListing listing) {
    return has(listing, AdapterConfig.FILE);
  }

  private static boolean has(HubListing listing, String name) {
    return listing.files().stream().anyMatch(file -> file.path().equals(name));
  }

  /**
   * What a local directory lacks to be a model, or an adapter.
   *
   * @return names of missing files; empty if nothing is missing
   */
  static List<String> missingIn(Path directory) {
    List<String> missing = new ArrayList<>();
    if (AdapterConfig.isIn(directory)) {
      if (!Files.exists(directory.resolve(AdapterFiles.WEIGHTS))) {
        missing.add(AdapterFiles.WEIGHTS);
      }
      return missing;
    }
    if (!Files.exists(directory.resolve(CONFIG))) {
      missing.add(CONFIG);
    }
    if (Files.exists(directory.resolve(INDEX))) {
      shards(directory.resolve(INDEX)).stream()
          .filter(shard -> !Files.exists(directory.resolve(shard)))
          .forEach(missing::add);
    } else if (!Files.exists(directory.resolve(SINGLE)) && !hasSafetensors(directory)) {
      missing.add(SINGLE);
    }
    return missing;
  }

  private static boolean hasSafetensors(Path directory) {
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (var files = Files.list(directory)) {
      return files.anyMatch(file -> file.toString().endsWith(".safetensors") && Files.exists(file));
    } catch (IOException e) {
      throw new Failure(directory + " cannot be listed: " + e.getMessage(), "", e);
    }
  }

  private static Set<String> shards(Path index) {
    try {
      JsonNode map = new ObjectMapper().readTree(Files.readAllBytes(index)).path("weight_map");
      Set<String> names = new TreeSet<>();
      map.forEach(shard -> names.add(shard.asText()));
      if (names.isEmpty() || names.stream().anyMatch(name -> name.contains("/"))) {
        throw new Failure(
            index + " has no usable \"weight_map\"; expected tensor names with file names",
            "Delete the file and download the model again.");
      }
      return names;
    } catch (IOException e) {
      throw new Failure(
          "%s cannot be read: %s".formatted(index, e.getMessage()),
          "Delete the file and download the model again.",
          e);
    }
  }
}
