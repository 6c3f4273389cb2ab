package dev.parley.cli.up;

import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.report.RewardModelFigures;
import dev.parley.model.ModelDirectory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What {@code --reward} says: a model, or {@code rules:FILE} with the reward service's
 * configuration of its rules.
 */
public final class RewardArgument {

  private static final String RULES = "rules:";

  private RewardArgument() {}

  /**
   * The reward service's properties.
   *
   * @throws Failure if there is no such model or file, or a model of several attributes is given
   *     without the weights that only a file has
   */
  public static Map<String, String> properties(String written, ModelArgument models) {
    if (!written.startsWith(RULES)) {
      ModelDirectory model = models.find(written);
      requireOneScore(model.path());
      return ofModel(model);
    }
    Path file = Path.of(written.substring(RULES.length())).toAbsolutePath().normalize();
    if (!Files.isRegularFile(file)) {
      throw new Failure(
          "there is no file %s with rules".formatted(file),
          "Name a .yaml or .properties file with the reward service's settings, as in --reward"
              + " rules:rules.yaml.");
    }
    return Map.of(ServiceProperties.CONFIGURATION_FILE, file.toString());
  }

  private static void requireOneScore(Path model) {
    List<String> attributes = RewardModelFigures.attributes(model);
    if (!attributes.isEmpty()) {
      throw new Failure(
          "%s scores %s, and nothing says what each weighs"
              .formatted(model, String.join(", ", attributes)),
          "Name it with weights in a file, as deploy/recipes/reward-attributes.yaml does, and give"
              + " rules:FILE.");
    }
  }

  /**
   * The properties for a model on a device, to which other settings may be added.
   *
   * @param device "cpu", "cuda" or "cuda:N"
   * @throws Failure if there is no such model
   */
  public static Map<String, String> ofModel(String written, String device, ModelArgument models) {
    return withModelSetting(
        ofModel(models.find(written)), ServiceProperties.MODEL_SCORER_DEVICE, device);
  }

  /**
   * The same, with the device of a model.
   *
   * @param device "cpu", "cuda" or "cuda:N"; rules do not mind
   * @throws Failure if there is no such model or file
   */
  public static Map<String, String> properties(
      String written, String device, ModelArgument models) {
    return withModelSetting(
        properties(written, models), ServiceProperties.MODEL_SCORER_DEVICE, device);
  }

  /**
   * The same properties with a setting of the reward model; rules do not mind.
   *
   * @param properties the reward service's
   * @param key of the model's setting
   * @param value its value
   */
  static Map<String, String> withModelSetting(
      Map<String, String> properties, String key, String value) {
    Map<String, String> all = new TreeMap<>(properties);
    if (all.containsKey(ServiceProperties.MODEL_SCORER_DIRECTORY)) {
      all.put(key, value);
    }
    return all;
  }

  /** The reward service's properties for a reward model, of whole answers or of steps. */
  public static Map<String, String> ofModel(ModelDirectory directory) {
    Map<String, String> properties = new TreeMap<>();
    properties.put(ServiceProperties.SCORER, "model");
    properties.put(
        ServiceProperties.MODEL_SCORER_TYPE,
        RewardModelFigures.judgesSteps(directory.path()) ? "process-model" : "model");
    properties.put(ServiceProperties.MODEL_SCORER_DIRECTORY, directory.path().toString());
    if (directory.adapter().isPresent()) {
      properties.put(ServiceProperties.MODEL_SCORER_BASE, directory.base().toString());
    }
    return properties;
  }
}
