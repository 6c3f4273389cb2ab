package dev.parley.model.text.template;

import java.util.List;
import java.util.Map;

/** The values that a function, filter or test is called with. */
record Arguments(List<Object> positional, Map<String, Object> keywords) {
  static final Arguments NONE = new Arguments(List.of(), Map.of());

  /**
   * The value of each parameter, or null for one that is absent.
   *
   * @param required how many of the parameters must be given
   * @throws PyError if a value is missing or one fits no parameter
   */
  Object[] bind(String function, int required, String... parameters) {
    if (positional.size() > parameters.length) {
      throw PyError.type(
          function
              + "() takes at most "
              + parameters.length
              + " argument(s), "
              + positional.size()
              + " were given");
    }
    Object[] values = new Object[parameters.length];
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    keywords.forEach((name, value) -> bindKeyword(function, name, value, parameters, values));
    for (int i = 0; i < required; i++) {
      if (values[i] == null) {
        throw PyError.type(function + "() lacks its argument '" + parameters[i] + "'");
      }
    }
    return values;
  }

  private static void bindKeyword(
      String function, String name, Object value, String[] parameters, Object[] values) {
    int index = List.of(parameters).indexOf(name);
    if (index < 0) {
      throw PyError.type(
          function
              + "() has no argument '"
              + name
              + "'; it has "
              + (parameters.length == 0 ? "none" : String.join(", ", parameters)));
    }
    if (values[index] != null) {
      throw PyError.type(function + "() got two values for its argument '" + name + "'");
    }
    values[index] = value;
  }

  /**
   * Like {@link #bind}, for a function whose parameters have no names that a caller could use.
   *
   * @throws PyError also if any value is named
   */
  Object[] bindUnnamed(String function, int required, int total) {
    if (!keywords.isEmpty()) {
      throw PyError.type(function + "() takes no keyword arguments");
    }
    if (positional.size() < required || positional.size() > total) {
      throw PyError.type(
          function
              + "() takes "
              + (required == total ? "" : required + " to ")
              + total
              + " argument(s), "
              + positional.size()
              + " were given");
    }
    Object[] values = new Object[total];
    for (int i = 0; i < positional.size(); i++) {
      values[i] = positional.get(i);
    }
    return values;
  }
}
