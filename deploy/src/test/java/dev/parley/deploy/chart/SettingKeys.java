package dev.parley.deploy.chart;

import java.lang.reflect.Method;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The keys of a service's or a recipe's settings, which its interface of settings has as methods.
 */
final class SettingKeys {

  private SettingKeys() {}

  /**
   * All keys.
   *
   * @param prefix of the keys; empty for none
   * @param name of the interface
   */
  static Set<String> of(String prefix, String name) {
    try {
      Set<String> keys = new TreeSet<>();
      collect(prefix, Class.forName(name), keys);
      if (keys.isEmpty()) {
        throw new IllegalStateException(name + " has no keys");
      }
      return keys;
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A method is a key; one that gives an interface is a group. */
  private static void collect(String prefix, Class<?> group, Set<String> keys) {
    for (Method method : group.getMethods()) {
      String key =
          (prefix.isEmpty() ? "" : prefix + ".")
              + method.getName().replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
      Class<?> type = method.getReturnType();
      if (type.isInterface() && type.getName().startsWith("dev.parley.")) {
        collect(key, type, keys);
      } else {
        keys.add(key);
      }
    }
  }
}
