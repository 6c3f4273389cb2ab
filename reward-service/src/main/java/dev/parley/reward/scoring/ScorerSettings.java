package dev.parley.reward.scoring;

import dev.parley.model.weights.Digests;
import dev.parley.serving.spelling.Spelling;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The settings of one scorer. A scorer's factory reads each of its keys once; what is then left was
 * misspelt, and what was read, defaults included, is the configuration that {@link #digest} names.
 */
final class ScorerSettings {

  private final String prefix;
  private final String type;
  private final Map<String, String> values;
  private final Map<String, String> read = new TreeMap<>();
  private final Set<String> asked = new TreeSet<>();

  /**
   * Makes settings.
   *
   * @param prefix what their keys start with, without the dot
   * @param type the scorer's type
   * @param values by key, without the prefix; the type is not among them
   */
  ScorerSettings(String prefix, String type, Map<String, String> values) {
    this.prefix = prefix;
    this.type = type;
    this.values = Map.copyOf(values);
    asked.add("type");
  }

  private Optional<String> raw(String key) {
    asked.add(key);
    return Optional.ofNullable(values.get(key))
        .map(String::strip)
        .filter(value -> !value.isEmpty());
  }

  /** Counts a value among those that {@link #digest} covers: a file's content, for one. */
  <T> T remember(String key, T value) {
    read.put(key, value.toString());
    return value;
  }

  private String required(String key, String expected) {
    return raw(key)
        .orElseThrow(
            () -> new IllegalArgumentException(key(key) + " is not set, expected " + expected));
  }

  /** Returns a text that must be there, exactly as it was written. */
  String text(String key, String expected) {
    required(key, expected);
    return remember(key, values.get(key));
  }

  /** Returns a text that may be missing. */
  Optional<String> text(String key) {
    Optional<String> value = raw(key);
    value.ifPresent(text -> remember(key, text));
    return value;
  }

  /** Returns names that must be there, separated by commas, none of them twice. */
  List<String> names(String key, String expected) {
    List<String> names =
        Arrays.stream(required(key, expected).split(",")).map(String::strip).toList();
    require(
        names.stream().noneMatch(String::isEmpty) && Set.copyOf(names).size() == names.size(),
        key,
        String.join(",", names),
        expected + ", each once, separated by commas");
    return remember(key, names);
  }

  /** Returns a path that must be there. Where a thing lies does not change what it is. */
  Path path(String key, String expected) {
    return Path.of(required(key, expected));
  }

  /** Returns a path that may be missing. */
  Optional<Path> path(String key) {
    return raw(key).map(Path::of);
  }

  /** Returns a text that does not change the score, such as a device. */
  String where(String key, String otherwise) {
    return raw(key).orElse(otherwise);
  }

  /** Returns a number that must be there. */
  double number(String key, String expected) {
    return remember(key, parse(key, required(key, expected)));
  }

  /** Returns a number that may be missing. */
  OptionalDouble number(String key) {
    Optional<String> value = raw(key);
    return value.isPresent()
        ? OptionalDouble.of(remember(key, parse(key, value.get())))
        : OptionalDouble.empty();
  }

  /** Returns a number that may be missing. */
  double number(String key, double otherwise) {
    return remember(key, raw(key).map(value -> parse(key, value)).orElse(otherwise));
  }

  private double parse(String key, String value) {
    double number;
    try {
      number = Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw wrong(key, value, "a number");
    }
    require(Double.isFinite(number), key, value, "a finite number");
    return number;
  }

  /** Returns a whole number of at least 1 that may be missing. */
  OptionalInt count(String key) {
    Optional<String> value = raw(key);
    return value.isPresent()
        ? OptionalInt.of(remember(key, parseCount(key, value.get())))
        : OptionalInt.empty();
  }

  /** Returns a whole number of at least 1 that may be missing. */
  int count(String key, int otherwise) {
    return remember(key, raw(key).map(value -> parseCount(key, value)).orElse(otherwise));
  }

  private int parseCount(String key, String value) {
    try {
      int count = Integer.parseInt(value);
      require(count >= 1, key, value, "at least 1");
      return count;
    } catch (NumberFormatException e) {
      throw wrong(key, value, "a whole number of at least 1");
    }
  }

  /** Returns a flag that may be missing. */
  boolean flag(String key, boolean otherwise) {
    String value = raw(key).orElse(Boolean.toString(otherwise));
    require(value.equals("true") || value.equals("false"), key, value, "true or false");
    return remember(key, Boolean.valueOf(value));
  }

  /** Returns one of an enum's values, which are written in lower case with hyphens. */
  <E extends Enum<E>> E choice(String key, Class<E> type) {
    List<String> names = Arrays.stream(type.getEnumConstants()).map(ScorerSettings::name).toList();
    return choose(key, type, required(key, String.join(" or ", names)));
  }

  /** Returns one of an enum's values. */
  <E extends Enum<E>> E choice(String key, E otherwise) {
    return choose(key, otherwise.getDeclaringClass(), raw(key).orElse(name(otherwise)));
  }

  /** Returns one of an enum's values that may be missing. */
  <E extends Enum<E>> Optional<E> optionalChoice(String key, Class<E> type) {
    return raw(key).map(value -> choose(key, type, value));
  }

  private <E extends Enum<E>> E choose(String key, Class<E> type, String value) {
    Map<String, E> constants = new LinkedHashMap<>();
    for (E constant : type.getEnumConstants()) {
      constants.put(name(constant), constant);
    }
    E chosen = constants.get(value);
    if (chosen == null) {
      throw new IllegalArgumentException(
          key(key)
              + " is \""
              + value
              + "\", expected "
              + String.join(" or ", constants.keySet())
              + "; "
              + Spelling.suggest(value, constants.keySet()));
    }
    remember(key, value);
    return chosen;
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * Returns the numbers whose keys start with a group's name, by the rest of their keys.
   *
   * @param group the name, without the dot
   * @param expected what to write if there are none
   */
  Map<String, Double> numbers(String group, String expected) {
    Map<String, Double> numbers = new TreeMap<>();
    for (String key : values.keySet()) {
      if (key.startsWith(group + ".")) {
        String name = unquoted(key.substring(group.length() + 1));
        numbers.put(name, remember(key, parse(key, raw(key).orElse(""))));
      }
    }
    asked.add(group + ".<name>");
    if (numbers.isEmpty()) {
      throw new IllegalArgumentException(
          key(group + ".<name>") + " is not set, expected " + expected);
    }
    return numbers;
  }

  private static String unquoted(String name) {
    boolean quoted = name.length() >= 2 && name.startsWith("\"") && name.endsWith("\"");
    return quoted ? name.substring(1, name.length() - 1) : name;
  }

  /**
   * Checks a value.
   *
   * @throws IllegalArgumentException naming the key, what was found and what was expected
   */
  void require(boolean holds, String key, Object found, String expected) {
    if (!holds) {
      throw wrong(key, found, expected);
    }
  }

  /** Makes an exception that names the key, what was found and what was expected. */
  IllegalArgumentException wrong(String key, Object found, String expected) {
    return new IllegalArgumentException(key(key) + " is \"" + found + "\", expected " + expected);
  }

  /** Returns a key's whole name. */
  String key(String key) {
    return prefix + "." + key;
  }

  /**
   * Checks that no key is left over.
   *
   * @throws IllegalArgumentException naming the first that is, and the nearest that there is
   */
  void refuseOthers() {
    for (String key : new TreeSet<>(values.keySet())) {
      if (!asked.contains(key)) {
        throw new IllegalArgumentException(
            "a scorer of type "
                + type
                + " has no setting \""
                + key(key)
                + "\"; "
                + Spelling.suggest(key(key), asked.stream().map(this::key).toList()));
      }
    }
  }

  /** Returns the SHA-256 (lower-case hex) over type and settings, one {@code key=value} a line. */
  String digest() {
    StringBuilder lines = new StringBuilder("type=" + type + "\n");
    read.forEach((key, value) -> lines.append(key).append('=').append(value).append('\n'));
    return Digests.ofBytes(lines.toString().getBytes(StandardCharsets.UTF_8));
  }
}
