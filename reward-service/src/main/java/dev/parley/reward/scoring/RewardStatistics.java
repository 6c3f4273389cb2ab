package dev.parley.reward.scoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a reward model's scores were like on pairs that it had not learnt from, as its trainer wrote
 * it down beside the weights.
 *
 * @param mean of the scores
 * @param deviation their standard deviation, more than 0
 */
record RewardStatistics(double mean, double deviation) {

  /** The file's name in a model directory. */
  static final String FILE = "reward_model.json";

  private static final JsonNode NONE = MissingNode.getInstance();

  /**
   * Reads a model directory's statistics; empty if it has none.
   *
   * @throws IllegalArgumentException if the file lacks a number, or it cannot be normalised with
   */
  static Optional<RewardStatistics> read(Path directory) {
    return json(directory).map(json -> of(directory.resolve(FILE), json));
  }

  /**
   * Reads what a model of several attributes gives.
   *
   * @param directory the model's
   * @param statistics whether statistics are wanted
   * @return the attributes' names in the order of the model's outputs, with the statistics of each;
   *     none if the directory names no attributes
   * @throws IllegalArgumentException if the file lacks a name or a number
   */
  static Map<String, Optional<RewardStatistics>> attributes(Path directory, boolean statistics) {
    Map<String, Optional<RewardStatistics>> attributes = new LinkedHashMap<>();
    Path file = directory.resolve(FILE);
    for (JsonNode json : json(directory).map(all -> all.path("attributes")).orElse(NONE)) {
      String name = json.path("attribute").asText();
      if (name.isEmpty()) {
        throw new IllegalArgumentException(file + ": one of \"attributes\" has no \"attribute\"");
      }
      attributes.put(name, statistics ? Optional.of(of(file, json)) : Optional.empty());
    }
    return attributes;
  }

  /**
   * Reads what stands after each step that a process reward model judges; empty if the directory
   * holds none.
   *
   * @throws IllegalArgumentException if the file cannot be read
   */
  static Optional<String> stepSeparator(Path directory) {
    return json(directory).map(json -> json.path("step_separator").textValue());
  }

  private static Optional<JsonNode> json(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  private static RewardStatistics of(Path file, JsonNode json) {
    double mean = number(file, json, "score_mean");
    double deviation = number(file, json, "score_std");
    if (deviation <= 0) {
      throw new IllegalArgumentException(
          file
              + ": score_std is "
              + deviation
              + ", expected more than 0; a model that scores everything alike cannot be"
              + " normalised, set normalise=false to serve it all the same");
    }
    return new RewardStatistics(mean, deviation);
  }

  private static double number(Path file, JsonNode json, String field) {
    JsonNode value = json.path(field);
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw new IllegalArgumentException(
          file
              + ": "
              + field
              + " is "
              + (value.isMissingNode() ? "missing" : value)
              + ", expected a finite number; set normalise=false to serve raw scores");
    }
    return value.doubleValue();
  }

  double normalise(double score) {
    return (score - mean) / deviation;
  }
}
