package dev.parley.reference;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Refuses misspelt keys, which would otherwise be settings that are silently not applied. */
final class SettingKeys {

  private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

  /** An environment variable that is this near to a setting is taken for a misspelt one. */
  private static final int NEAR = 3;

  private SettingKeys() {}

  /**
   * Checks the names of all properties that there are.
   *
   * @param mapping the interface that declares the settings
   * @param prefix what their keys start with
   * @param names every property's name, other programs' and environment variables' included
   * @throws IllegalArgumentException naming the first unknown key and the nearest known one
   */
  static void check(Class<?> mapping, String prefix, Iterable<String> names) {
    List<String> known = new ArrayList<>();
    for (Method method : mapping.getMethods()) {
      known.add(prefix + "." + kebab(method.getName()));
    }
    String variablePrefix = variable(prefix) + "_";
    List<String> variables = known.stream().map(SettingKeys::variable).toList();
    for (String name : names) {
      if (name.startsWith(prefix + ".") && !known.contains(name)) {
        throw unknown("setting", name, nearest(name, known));
      }
      // Kubernetes sets variables of this prefix for a service of this name: only near ones count.
      if (name.startsWith(variablePrefix) && !variables.contains(name)) {
        String nearest = nearest(name, variables);
        if (DISTANCE.apply(name, nearest) <= NEAR) {
          throw unknown("environment variable", name, nearest);
        }
      }
    }
  }

  private static IllegalArgumentException unknown(String what, String name, String nearest) {
    return new IllegalArgumentException(
        "there is no " + what + " \"" + name + "\"; did you mean \"" + nearest + "\"?");
  }

  private static String nearest(String name, List<String> known) {
    return known.stream()
        .min(Comparator.comparingInt((String key) -> DISTANCE.apply(name, key)))
        .orElseThrow();
  }

  private static String kebab(String method) {
    return method.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  private static String variable(String key) {
    return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }
}
