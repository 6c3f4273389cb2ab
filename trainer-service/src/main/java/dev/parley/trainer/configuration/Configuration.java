package dev.parley.trainer.configuration;

import dev.parley.data.spelling.Spelling;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import io.smallrye.config.ConfigValidationException;
import io.smallrye.config.PropertiesConfigSource;
import io.smallrye.config.SmallRyeConfig;
import io.smallrye.config.SmallRyeConfigBuilder;
import io.smallrye.config.source.yaml.YamlConfigSource;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A recipe's configuration and the values that it was resolved to.
 *
 * @param recipe the typed configuration
 * @param values every setting that has a value, by key: what the run really uses
 * @param <T> the recipe's configuration interface
 */
public record Configuration<T>(T recipe, Map<String, String> values) {

  private static final int FILE_ORDINAL = 100;
  private static final int SET_ORDINAL = 200;
  private static final Pattern LIST_INDEX = Pattern.compile("\\[\\d+]$");

  /**
   * What SmallRye writes where a required setting is absent, and where a value has another type.
   */
  private static final Pattern MISSING =
      Pattern.compile("config property (\\S+) is required but it could not be found");

  private static final Pattern UNUSABLE =
      Pattern.compile(
          "config property (\\S+) with the config value \"(.*)\" threw", Pattern.DOTALL);

  /**
   * Resolves a configuration: defaults, overruled by the file, overruled by single values.
   *
   * @param type the recipe's configuration interface
   * @param file a YAML file, if there is one
   * @param sets {@code key=value} texts
   * @throws ConfigurationException if a key is unknown (the nearest is suggested), a required one
   *     is missing, or a value has the wrong type or is out of range
   */
  public static <T> Configuration<T> load(Class<T> type, Optional<Path> file, List<String> sets) {
    Map<String, String> fromFile = file.map(Configuration::readFile).orElse(Map.of());
    Map<String, String> fromSets = readSets(sets);
    List<Setting> settings = Setting.of(type);
    checkKeys(fromFile, file.map(Path::toString).orElse(""), settings);
    checkKeys(fromSets, "--set", settings);
    try {
      SmallRyeConfigBuilder builder =
          new SmallRyeConfigBuilder()
              .addDefaultInterceptors()
              .withSources(
                  new PropertiesConfigSource(fromFile, "file", FILE_ORDINAL),
                  new PropertiesConfigSource(fromSets, "--set", SET_ORDINAL));
      SmallRyeConfig config = builder.build();
      ConfigMappings.registerConfigMappings(config, Set.of(ConfigClass.configClass(type, "")));
      T recipe = config.getConfigMapping(type, "");
      Map<String, String> values = values(config, settings);
      checkRanges(values, settings);
      return new Configuration<>(recipe, values);
    } catch (ConfigValidationException e) {
      List<String> problems = new ArrayList<>();
      for (int i = 0; i < e.getProblemCount(); i++) {
        problems.add(explain(e.getProblem(i).getMessage(), settings));
      }
      throw new ConfigurationException(String.join("\n", problems), e);
    }
  }

  private static void checkRanges(Map<String, String> values, List<Setting> settings) {
    Problems problems = new Problems();
    for (Setting setting : settings) {
      String value = values.get(setting.key());
      if (value != null && setting.range().isPresent()) {
        problems.require(
            setting.range().get().contains(Double.parseDouble(value)),
            setting.key() + " is " + value + "; expected a " + setting.accepts());
      }
    }
    problems.throwIfAny();
  }

  private static Map<String, String> readFile(Path file) {
    try {
      String text = Files.readString(file, StandardCharsets.UTF_8);
      return new YamlConfigSource(file.toString(), text, FILE_ORDINAL).getProperties();
    } catch (IOException e) {
      throw new ConfigurationException("cannot read the configuration " + file + ": " + e, e);
    } catch (RuntimeException e) {
      throw new ConfigurationException(file + " is not YAML: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> readSets(List<String> sets) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String set : sets) {
      int equals = set.indexOf('=');
      if (equals < 1) {
        throw new ConfigurationException(
            "--set is \"" + set + "\", expected key=value, for example --set run.seed=2");
      }
      values.put(set.substring(0, equals).strip(), set.substring(equals + 1).strip());
    }
    return values;
  }

  private static void checkKeys(Map<String, String> given, String origin, List<Setting> settings) {
    List<String> known = settings.stream().map(Setting::key).toList();
    Problems problems = new Problems();
    for (String key : given.keySet()) {
      String plain = LIST_INDEX.matcher(key).replaceFirst("");
      problems.require(
          known.contains(plain),
          origin
              + ": there is no setting \""
              + plain
              + "\"; did you mean \""
              + Spelling.nearest(plain, known)
              + "\"?");
    }
    problems.throwIfAny();
  }

  private static Map<String, String> values(SmallRyeConfig config, List<Setting> settings) {
    Map<String, String> values = new TreeMap<>();
    for (Setting setting : settings) {
      String value = config.getConfigValue(setting.key()).getValue();
      if (value != null) {
        values.put(setting.key(), value);
      } else if (setting.list()) {
        List<String> elements = new ArrayList<>();
        for (int i = 0;
            config.getConfigValue(setting.key() + "[" + i + "]").getValue() != null;
            i++) {
          String element = config.getConfigValue(setting.key() + "[" + i + "]").getValue();
          elements.add(element.replace(",", "\\,"));
        }
        if (!elements.isEmpty()) {
          values.put(setting.key(), String.join(",", elements));
        }
      } else {
        setting.standard().ifPresent(standard -> values.put(setting.key(), standard));
      }
    }
    return values;
  }

  /** Says in this project's words what SmallRye says in its own. */
  private static String explain(String message, List<Setting> settings) {
    Matcher missing = MISSING.matcher(message);
    Matcher unusable = UNUSABLE.matcher(message);
    for (Setting setting : settings) {
      if (missing.find(0) && missing.group(1).equals(setting.key())) {
        return setting.key() + " is missing; expected a " + setting.accepts();
      }
      if (unusable.find(0) && unusable.group(1).equals(setting.key())) {
        return setting.key() + " is " + unusable.group(2) + "; expected a " + setting.accepts();
      }
    }
    return message;
  }

  /** Returns the resolved values as YAML that {@link #load} reads back. */
  public String toYaml() {
    StringBuilder yaml = new StringBuilder();
    List<String> openGroups = List.of();
    for (Map.Entry<String, String> entry : values.entrySet()) {
      List<String> path = List.of(entry.getKey().split("\\."));
      List<String> groups = path.subList(0, path.size() - 1);
      for (int depth = 0; depth < groups.size(); depth++) {
        if (!startsWith(openGroups, groups.subList(0, depth + 1))) {
          yaml.append("  ".repeat(depth)).append(groups.get(depth)).append(":\n");
        }
      }
      openGroups = groups;
      yaml.append("  ".repeat(groups.size()))
          .append(path.get(path.size() - 1))
          .append(": ")
          .append(quote(entry.getValue()))
          .append('\n');
    }
    return yaml.toString();
  }

  private static boolean startsWith(List<String> path, List<String> prefix) {
    return path.size() >= prefix.size() && path.subList(0, prefix.size()).equals(prefix);
  }

  private static String quote(String value) {
    return "\"" + value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n") + "\"";
  }
}
