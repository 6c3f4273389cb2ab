package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import dev.parley.data.spelling.Spelling;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A catalogue of settings: their names and what they take, as the pages of the documentation say,
 * which tests hold against the services' code. So a misspelt setting is found here, before anything
 * waits for a GPU.
 */
final class RecipeSettings {

  /** {@code | `ppo.updates` | whole number, at least 1 | `100` | … |}. */
  private static final Pattern ROW =
      Pattern.compile("(?m)^\\| `([a-z0-9.-]+)` \\| ((?:\\\\\\||[^|])*?) \\| ([^|]*?) \\|");

  private static final Pattern POLICY_ROW =
      Pattern.compile("(?m)^\\| `parley\\.policy\\.([a-z0-9.-]+)` \\|");

  private static final String PROMPTS = "prompts.files";
  private static final String DATA = "data.files";
  private static final String SEVERAL = ", several separated by commas";

  private final String owner;
  private final Map<String, String> takes;

  private RecipeSettings(String owner, Map<String, String> takes) {
    this.owner = owner;
    this.takes = takes;
  }

  /**
   * The settings of a recipe.
   *
   * @param recipe as users type it: {@code ppo}
   * @param known all recipes
   * @throws Failure if there is no such recipe; the nearest is named
   */
  static RecipeSettings of(String recipe, Collection<String> known) {
    if (!known.contains(recipe)) {
      throw new Failure(
          "there is no recipe \"%s\"; did you mean \"%s\"?"
              .formatted(recipe, Spelling.nearest(recipe, known)),
          "Recipes: " + String.join(", ", known));
    }
    Map<String, String> takes = new LinkedHashMap<>();
    Matcher row = ROW.matcher(settingsOf(page("recipes/" + recipe + ".md")));
    while (row.find()) {
      takes.put(row.group(1), row.group(2).replace("\\|", "|"));
    }
    return new RecipeSettings(recipe, takes);
  }

  /** The settings of a policy, without {@code parley.policy.}. */
  static RecipeSettings ofPolicy() {
    Map<String, String> takes = new LinkedHashMap<>();
    Matcher row = POLICY_ROW.matcher(page("policy-service.md"));
    while (row.find()) {
      takes.put(row.group(1), "text");
    }
    return new RecipeSettings("a policy", takes);
  }

  private static String page(String name) {
    try (InputStream in = RecipeSettings.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the command was built without " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String settingsOf(String page) {
    return page.substring(
        page.indexOf("<!-- settings -->"), page.indexOf("<!-- end of settings -->"));
  }

  /** The names of all settings. */
  Collection<String> names() {
    return takes.keySet();
  }

  /** Whether it learns from answers to prompts, for which it needs policies. */
  boolean asks() {
    return takes.containsKey(PROMPTS);
  }

  /** The setting that names the data; empty if the recipe reads no files. */
  String files() {
    return asks() ? PROMPTS : takes.containsKey(DATA) ? DATA : "";
  }

  /**
   * Finds what is wrong with settings.
   *
   * @param settings by key; a value is a text or a list of texts
   * @param origin where they stand, for the messages
   * @return one line for each problem
   */
  List<String> problems(Map<String, Object> settings, String origin) {
    List<String> problems = new ArrayList<>();
    settings.forEach(
        (key, value) -> {
          String accepted = takes.get(key);
          if (accepted == null) {
            problems.add(
                "%s: %s has no setting \"%s\"; did you mean \"%s\"?"
                    .formatted(origin, owner, key, Spelling.nearest(key, names())));
          } else if (!accepts(accepted, value)) {
            problems.add("%s: %s is %s; expected a %s".formatted(origin, key, value, accepted));
          }
        });
    return problems;
  }

  private static boolean accepts(String accepted, Object value) {
    boolean list = accepted.endsWith(SEVERAL);
    if (value instanceof List<?> several) {
      return list;
    }
    String text = value.toString();
    if (accepted.contains(" | ")) {
      List<String> named =
          List.of(
              (list ? accepted.substring(0, accepted.indexOf(SEVERAL)) : accepted).split(" \\| "));
      return Stream.of(list ? text.split(",") : new String[] {text})
          .allMatch(one -> named.contains(one.strip().replace('_', '-')));
    }
    if (accepted.startsWith("whole number")) {
      return text.matches("-?[0-9]+") && within(accepted, Double.parseDouble(text));
    }
    if (accepted.startsWith("number")) {
      OptionalDouble number = number(text);
      return number.isPresent() && within(accepted, number.getAsDouble());
    }
    return true;
  }

  private static OptionalDouble number(String text) {
    try {
      double number = Double.parseDouble(text);
      return Double.isFinite(number) ? OptionalDouble.of(number) : OptionalDouble.empty();
    } catch (NumberFormatException e) {
      return OptionalDouble.empty();
    }
  }

  /** The trainer's words for ranges: "at least 1", "from 0 to below 1", "0 or above 1". */
  private static boolean within(String accepted, double number) {
    if (accepted.contains("0 or ") && number == 0) {
      return true;
    }
    return bound(accepted, "at least|from").map(low -> number >= low).orElse(true)
        && bound(accepted, "above").map(low -> number > low).orElse(true)
        && bound(accepted, "to|at most").map(high -> number <= high).orElse(true)
        && bound(accepted, "below").map(high -> number < high).orElse(true);
  }

  private static Optional<Double> bound(String accepted, String words) {
    Matcher found = Pattern.compile("\\b(?:" + words + ") (-?[0-9.]+)").matcher(accepted);
    return found.find() ? Optional.of(Double.parseDouble(found.group(1))) : Optional.empty();
  }
}
