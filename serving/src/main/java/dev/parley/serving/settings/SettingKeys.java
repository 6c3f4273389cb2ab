package dev.parley.serving.settings;

import dev.parley.serving.spelling.Spelling;
import io.smallrye.config.ConfigMapping;
import io.smallrye.config.ConfigMappings;
import io.smallrye.config.ConfigMappings.ConfigClass;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * The keys of a service's settings. Refuses misspelt ones, which would otherwise be settings that
 * are silently not applied.
 */
public final class SettingKeys {

  /** An environment variable that is this near to a setting is taken for a misspelt one. */
  private static final int NEAR = 3;

  private final String prefix;
  private final List<String> groups;
  private final SortedSet<String> known;
  private final Set<String> variables;

  private SettingKeys(String prefix, List<String> groups, SortedSet<String> known) {
    this.prefix = prefix;
    this.groups = groups;
    this.known = known;
    this.variables =
        known.stream().map(SettingKeys::variable).collect(Collectors.toCollection(TreeSet::new));
  }

  /**
   * The keys that an interface declares.
   *
   * @param mapping the interface, with {@link ConfigMapping} and a prefix
   * @param groups keys below which the names are the user's, and are not looked at here: {@code
   *     parley.reward.scorers}
   */
  public static SettingKeys of(Class<?> mapping, String... groups) {
    List<String> below = List.of(groups).stream().map(group -> group + ".").toList();
    SortedSet<String> known =
        ConfigMappings.getProperties(ConfigClass.configClass(mapping)).keySet().stream()
            .filter(key -> below.stream().noneMatch(key::startsWith))
            .collect(Collectors.toCollection(TreeSet::new));
    return new SettingKeys(mapping.getAnnotation(ConfigMapping.class).prefix(), below, known);
  }

  /** Returns the keys of all settings but those of the groups. */
  public SortedSet<String> known() {
    return Collections.unmodifiableSortedSet(known);
  }

  /**
   * Checks the names of all properties that there are.
   *
   * @param names every property's name, other programs' and environment variables' included
   * @throws IllegalArgumentException naming the unknown keys, each with the nearest known one
   */
  public void check(Iterable<String> names) {
    Set<String> problems = new TreeSet<>();
    for (String name : names) {
      if (name.startsWith("\"" + prefix)) {
        // YAML takes a key with dots in it for one name, which the library quotes.
        problems.add(
            "the YAML key %s is no setting; write a level for each part of %s, a line each"
                .formatted(name, prefix));
      } else if (isMisspeltSetting(name)) {
        problems.add("there is no setting \"" + name + "\"; " + suggestion(name));
      } else if (isMisspeltVariable(name)) {
        problems.add(
            "there is no environment variable \""
                + name
                + "\"; "
                + Spelling.suggest(name, variables));
      }
    }
    if (!problems.isEmpty()) {
      throw new IllegalArgumentException(String.join("; ", problems));
    }
  }

  private boolean isMisspeltSetting(String name) {
    return name.startsWith(prefix + ".")
        && groups.stream().noneMatch(name::startsWith)
        && !known.contains(name);
  }

  private String suggestion(String name) {
    List<String> meant = new ArrayList<>(known);
    groups.forEach(group -> meant.add(group + "<name>"));
    return Spelling.suggest(name, meant);
  }

  /** Kubernetes sets variables of this prefix for a service of this name: only near ones count. */
  private boolean isMisspeltVariable(String name) {
    return name.startsWith(variable(prefix) + "_")
        && groups.stream().map(SettingKeys::variable).noneMatch(name::startsWith)
        && !variables.contains(name)
        && variables.stream().anyMatch(variable -> Spelling.distance(name, variable) <= NEAR);
  }

  private static String variable(String key) {
    return key.replaceAll("[^A-Za-z0-9]", "_").toUpperCase(Locale.ROOT);
  }
}
