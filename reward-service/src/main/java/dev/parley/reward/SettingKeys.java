package dev.parley.reward;

import dev.parley.reward.scoring.Spelling;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Refuses misspelt keys, which would otherwise be settings that are silently not applied. */
final class SettingKeys {

  /**
   * What the scorers' own keys start with; these depend on their types and are not checked here.
   */
  static final String SCORERS = RewardConfig.PREFIX + ".scorers.";

  /** An environment variable that is this near to a setting is taken for a misspelt one. */
  private static final int NEAR = 3;

  private SettingKeys() {}

  /**
   * Checks the names of all properties that there are.
   *
   * @param names every property's name, other programs' and environment variables' included
   * @throws IllegalArgumentException naming the first unknown key and the nearest known one
   */
  static void check(Iterable<String> names) {
    List<String> known = new ArrayList<>();
    for (Method method : RewardConfig.class.getMethods()) {
      known.add(RewardConfig.PREFIX + "." + kebab(method.getName()));
    }
    List<String> variables = known.stream().map(SettingKeys::variable).toList();
    List<String> suggestions = new ArrayList<>(known);
    suggestions.add(SCORERS + "<name>.type");
    for (String name : names) {
      if (name.startsWith("\"" + RewardConfig.PREFIX)) {
        // YAML takes a key with dots in it for one name, which the library quotes.
        throw new IllegalArgumentException(
            "the YAML key "
                + name
                + " is no setting; write a level for each part of parley.reward: \"parley:\", below it \"reward:\", and so on");
      }
      if (name.startsWith(RewardConfig.PREFIX + ".")
          && !name.startsWith(SCORERS)
          && !known.contains(name)) {
        throw new IllegalArgumentException(
            "there is no setting \"" + name + "\"; " + Spelling.suggest(name, suggestions));
      }
      if (isMisspeltVariable(name, variables)) {
        throw new IllegalArgumentException(
            "there is no environment variable \""
                + name
                + "\"; "
                + Spelling.suggest(name, variables));
      }
    }
  }

  /** Kubernetes sets variables of this prefix for a service of this name: only near ones count. */
  private static boolean isMisspeltVariable(String name, List<String> variables) {
    return name.startsWith(variable(RewardConfig.PREFIX) + "_")
        && !name.startsWith(variable(SCORERS))
        && !variables.contains(name)
        && variables.stream().anyMatch(variable -> Spelling.distance(name, variable) <= NEAR);
  }

  private static String kebab(String method) {
    return method.replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  private static String variable(String key) {
    return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }
}
