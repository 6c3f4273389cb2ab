package dev.parley.cli.scoring;

import dev.parley.cli.Failure;
import dev.parley.cli.hub.ModelArgument;
import dev.parley.cli.up.RewardArgument;
import dev.parley.data.spelling.Spelling;
import dev.parley.model.torchscript.NativeThreads;
import dev.parley.reward.scoring.Scorer;
import dev.parley.reward.scoring.Scorers;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * What {@code --scorer} names: a type of scorer, a reward model, or {@code rules:FILE}. The scorers
 * are the reward service's own, so the scores are those that training sees.
 */
public final class LocalScorer {

  private static final String PREFIX = "parley.reward";
  private static final String SCORER = PREFIX + ".scorer";
  private static final String SCORERS = PREFIX + ".scorers.";
  private static final String RULES = "rules:";

  private LocalScorer() {}

  /**
   * Makes a scorer, which loads nothing yet.
   *
   * @param written the option's value
   * @param settings the scorer's own, by key; of rules, whole keys without {@code parley.reward}
   * @param device for a model
   * @param threads for a model's tensors
   * @throws Failure if there is no such scorer, or a setting cannot be used
   */
  public static Scorer make(
      String written,
      Map<String, String> settings,
      String device,
      int threads,
      ModelArgument models) {
    if (written.startsWith(RULES)) {
      Map<String, String> properties = read(Path.of(written.substring(RULES.length())));
      settings.forEach((key, value) -> properties.put(PREFIX + "." + key, value));
      return make(properties);
    }
    if (Scorers.types().contains(written)) {
      return make(ofType(written, written, settings));
    }
    if (!written.contains("/") && !Files.isDirectory(Path.of(written))) {
      throw new Failure(
          "--scorer is \"%s\", which is neither a type of scorer nor a directory%s"
              .formatted(written, Spelling.suggestion(written, Scorers.types())),
          "There are " + String.join(", ", Scorers.types()) + "; or name a reward model.");
    }
    NativeThreads.set(threads);
    Map<String, String> properties = new TreeMap<>(RewardArgument.ofModel(written, device, models));
    settings.forEach((key, value) -> properties.put(SCORERS + "model." + key, value));
    return make(properties);
  }

  private static Map<String, String> ofType(
      String name, String type, Map<String, String> settings) {
    Map<String, String> properties = new TreeMap<>();
    properties.put(SCORER, name);
    properties.put(SCORERS + name + ".type", type);
    settings.forEach((key, value) -> properties.put(SCORERS + name + "." + key, value));
    return properties;
  }

  private static Scorer make(Map<String, String> properties) {
    Map<String, String> scorers = new TreeMap<>();
    properties.forEach(
        (key, value) -> {
          if (key.startsWith(SCORERS)) {
            scorers.put(key.substring(SCORERS.length()), value);
          }
        });
    String answering = properties.get(SCORER);
    if (answering == null) {
      throw new Failure(
          SCORER + " is not set, expected the name of the scorer that answers",
          "Write it in the file, or give it with --set scorer=NAME.");
    }
    try {
      return Scorers.make(PREFIX, answering, scorers, (scorer, batch, nanos) -> {});
    } catch (IllegalArgumentException e) {
      throw new Failure(
          e.getMessage(),
          "docs/reward-service.md lists the settings; --set KEY=VALUE gives one.",
          e);
    }
  }

  /** Reads a file of the reward service's settings, YAML or properties. */
  private static Map<String, String> read(Path file) {
    Map<String, String> properties = new TreeMap<>();
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      if (file.toString().endsWith(".properties")) {
        Properties read = new Properties();
        read.load(text);
        read.stringPropertyNames().forEach(key -> properties.put(key, read.getProperty(key)));
      } else {
        flatten("", new Yaml(new SafeConstructor(new LoaderOptions())).load(text), properties);
      }
    } catch (NoSuchFileException e) {
      throw new Failure(
          "there is no file %s with rules".formatted(file),
          "Name a .yaml or .properties file with the reward service's settings.",
          e);
    } catch (IOException | YAMLException e) {
      throw new Failure(
          "the rules %s cannot be read: %s".formatted(file, e.getMessage()),
          "Name a .yaml or .properties file with the reward service's settings.",
          e);
    }
    return properties;
  }

  private static void flatten(String key, Object node, Map<String, String> into) {
    if (node instanceof Map<?, ?> group) {
      group.forEach(
          (name, value) -> flatten(key.isEmpty() ? "" + name : key + "." + name, value, into));
    } else if (node != null) {
      into.put(key, String.valueOf(node));
    }
  }
}
