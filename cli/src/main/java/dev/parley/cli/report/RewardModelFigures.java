package dev.parley.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How often a reward model agrees with pairs that it has not learnt from, as its trainer wrote it
 * down.
 *
 * @param pairs their number
 * @param agreement share of those whose chosen answer scores higher
 * @param lower end of its 95% interval
 * @param upper end of its 95% interval
 */
public record RewardModelFigures(int pairs, double agreement, double lower, double upper) {

  /** What the trainer writes beside a reward model. */
  public static final String FILE = "reward_model.json";

  /**
   * Reads them; empty if the directory holds none, no pairs were held out, or the model learnt from
   * something else than pairs.
   *
   * @param model the model's directory
   * @throws Failure if the file cannot be read
   */
  public static Optional<RewardModelFigures> read(Path model) {
    JsonNode figures = json(model);
    JsonNode interval = figures.path("held_out_agreement_interval_95");
    if (!figures.path("held_out").asBoolean() || interval.isMissingNode()) {
      return Optional.empty();
    }
    return Optional.of(
        new RewardModelFigures(
            figures.get("pairs").asInt(),
            figures.get("held_out_agreement").asDouble(),
            interval.get(0).asDouble(),
            interval.get(1).asDouble()));
  }

  /**
   * Whether a directory holds a process reward model, whose steps are separated in some way.
   *
   * @param model the model's directory
   * @throws Failure if the file cannot be read
   */
  public static boolean judgesSteps(Path model) {
    return json(model).has("step_separator");
  }

  /**
   * The attributes that a model gives a score for each, in their order; none if it gives one score.
   *
   * @param model the model's directory
   * @throws Failure if the file cannot be read
   */
  public static List<String> attributes(Path model) {
    List<String> names = new ArrayList<>();
    json(model).path("attributes").forEach(one -> names.add(one.path("attribute").asText()));
    return names;
  }

  private static JsonNode json(Path model) {
    Path file = model.resolve(FILE);
    if (!Files.exists(file)) {
      return MissingNode.getInstance();
    }
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), "", e);
    }
  }
}
