package dev.parley.console;

import io.smallrye.config.ConfigMappings;
import java.util.Comparator;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Refuses misspelt keys, which would otherwise be settings that are silently not applied. */
final class SettingKeys {

  private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

  /** An environment variable that is this near to a setting is taken for a misspelt one. */
  private static final int NEAR = 3;

  /** Whose further part is a policy's name. */
  private static final String POLICIES = ConsoleConfig.PREFIX + ".policies.";

  private SettingKeys() {}

  /**
   * Checks the names of all properties that there are.
   *
   * @param names every property's name, other programs' and environment variables' included
   * @throws IllegalArgumentException naming the unknown keys, each with the nearest known one
   */
  static void check(Iterable<String> names) {
    Set<String> known = known();
    Set<String> variables =
        known.stream().map(SettingKeys::variable).collect(Collectors.toCollection(TreeSet::new));
    Set<String> problems = new TreeSet<>();
    for (String name : names) {
      if (name.startsWith(ConsoleConfig.PREFIX + ".")
          && !name.startsWith(POLICIES)
          && !known.contains(name)) {
        problems.add(unknown("setting", name, nearest(name, known)));
      }
      // Kubernetes sets variables of this prefix for a service of this name: only near ones count.
      if (name.startsWith(variable(ConsoleConfig.PREFIX) + "_")
          && !name.startsWith(variable(POLICIES))
          && !variables.contains(name)) {
        String nearest = nearest(name, variables);
        if (DISTANCE.apply(name, nearest) <= NEAR) {
          problems.add(unknown("environment variable", name, nearest));
        }
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }

  /** Returns the keys of all settings but the policies. */
  static Set<String> known() {
    return ConfigMappings.getProperties(ConfigMappings.ConfigClass.configClass(ConsoleConfig.class))
        .keySet()
        .stream()
        .filter(key -> !key.startsWith(POLICIES))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String unknown(String what, String name, String nearest) {
    return "there is no " + what + " \"" + name + "\"; did you mean \"" + nearest + "\"?";
  }

  private static String nearest(String name, Set<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String key) -> DISTANCE.apply(name, key)))
        .orElseThrow();
  }

  private static String variable(String key) {
    return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }
}
