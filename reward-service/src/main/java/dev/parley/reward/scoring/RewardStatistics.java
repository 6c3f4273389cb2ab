package dev.parley.reward.scoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  /**
   * Reads a model directory's statistics; empty if it has none.
   *
   * @throws IllegalArgumentException if the file lacks a number, or it cannot be normalised with
   */
  static Optional<RewardStatistics> read(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode json = new ObjectMapper().readTree(file.toFile());
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
      return Optional.of(new RewardStatistics(mean, deviation));
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Reads what stands after each step that a process reward model judges; empty if the directory
   * holds none.
   *
   * @throws IllegalArgumentException if the file cannot be read
   */
  static Optional<String> stepSeparator(Path directory) {
    Path file = directory.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      JsonNode separator = new ObjectMapper().readTree(file.toFile()).path("step_separator");
      return Optional.ofNullable(separator.textValue());
    } catch (IOException e) {
      throw new IllegalArgumentException("cannot read " + file + ": " + e.getMessage(), e);
    }
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
