package dev.parley.trainer.configuration;

import io.smallrye.config.WithDefault;
import io.smallrye.config.WithName;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * One setting of a configuration, as its interface declares it.
 *
 * @param key its whole name ({@code "optimizer.learning-rate"})
 * @param type the values it takes ({@code "number"}, {@code "fixed | adaptive"})
 * @param standard the default as text; empty if there is none
 * @param required whether it must be given
 * @param list whether it takes a list
 * @param range which numbers it takes, if not all
 * @param help what it means
 */
public record Setting(
    String key,
    String type,
    Optional<String> standard,
    boolean required,
    boolean list,
    Optional<Interval> range,
    String help) {

  /**
   * Lists all settings of a configuration interface, groups included, in the order of their names.
   *
   * @param configuration an interface of SmallRye's mapping kind
   */
  public static List<Setting> of(Class<?> configuration) {
    List<Setting> settings = new ArrayList<>();
    collect("", configuration, settings);
    settings.sort(Comparator.comparing(Setting::key));
    return settings;
  }

  private static void collect(String prefix, Class<?> group, List<Setting> settings) {
    for (Method method : group.getMethods()) {
      if (method.isDefault()) {
        continue;
      }
      String key = prefix + name(method);
      Class<?> type = method.getReturnType();
      if (type.isInterface() && !type.getName().startsWith("java.")) {
        collect(key + ".", type, settings);
      } else {
        settings.add(setting(key, method));
      }
    }
  }

  private static String name(Method method) {
    WithName given = method.getAnnotation(WithName.class);
    if (given != null) {
      return given.value();
    }
    return method.getName().replaceAll("([a-z0-9])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  private static Setting setting(String key, Method method) {
    Help help = method.getAnnotation(Help.class);
    if (help == null) {
      throw new IllegalStateException(method + " has no @Help");
    }
    WithDefault standard = method.getAnnotation(WithDefault.class);
    Class<?> type = method.getReturnType();
    boolean optional =
        type == Optional.class || type == OptionalInt.class || type == OptionalDouble.class;
    Class<?> element = element(method.getGenericReturnType());
    boolean list = List.class.isAssignableFrom(type) || List.class.isAssignableFrom(element);
    if (optional && list) {
      element =
          element(((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments()[0]);
    }
    return new Setting(
        key,
        describe(element) + (list ? ", several separated by commas" : ""),
        Optional.ofNullable(standard).map(WithDefault::value),
        !optional && standard == null,
        list,
        Optional.ofNullable(method.getAnnotation(Within.class))
            .map(within -> Interval.parse(within.value())),
        help.value());
  }

  /** Returns what values it takes: type and range ({@code "number, above 0"}). */
  public String accepts() {
    return type + range.map(interval -> ", " + interval).orElse("");
  }

  private static Class<?> element(Type type) {
    if (type instanceof ParameterizedType generic) {
      Type argument = generic.getActualTypeArguments()[0];
      return argument instanceof ParameterizedType inner
          ? (Class<?>) inner.getRawType()
          : (Class<?>) argument;
    }
    return (Class<?>) type;
  }

  private static String describe(Class<?> type) {
    if (type.isEnum()) {
      List<String> names =
          Arrays.stream(type.getEnumConstants())
              .map(value -> ((Enum<?>) value).name().toLowerCase(Locale.ROOT).replace('_', '-'))
              .toList();
      return String.join(" | ", names);
    }
    return switch (type.getSimpleName()) {
      case "int", "long", "Integer", "Long", "OptionalInt" -> "whole number";
      case "double", "Double", "OptionalDouble" -> "number";
      case "boolean", "Boolean" -> "true | false";
      case "Path" -> "path";
      default -> "text";
    };
  }
}
