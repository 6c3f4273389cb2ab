package dev.parley.cli.pipeline;

import dev.parley.cli.Failure;
import dev.parley.data.spelling.Spelling;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * A pipeline as its file says it. Unknown keys and references are refused, with the nearest.
 *
 * @param name a word; the directory is {@code runs/NAME}
 * @param inputs what comes from outside, by name: files, models, or plain values
 * @param stages in the order in which they run; a stage refers to those before it alone
 */
record Pipeline(String name, Map<String, String> inputs, List<Stage> stages) {

  /** What a command in words calls the file that it makes. */
  static final String OUTPUT = "output";

  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}]*)}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]*");
  private static final Pattern WORD = Pattern.compile("'([^']*)'|\"([^\"]*)\"|(\\S+)");

  private static final List<String> KEYS = List.of("name", "inputs", "stages");
  private static final List<String> READ =
      List.of("model", "data", "reward", "reference", "config");
  private static final List<String> TRAIN_KEYS =
      List.of(
          "name",
          "train",
          "model",
          "from-scratch",
          "data",
          "reward",
          "reference",
          "config",
          "settings");
  private static final List<String> RUN_KEYS = List.of("name", "run", OUTPUT);

  /**
   * Reads a file.
   *
   * @param given inputs that take the place of the file's
   * @throws Failure if it is no pipeline; the message names the file, the stage and the key
   */
  static Pipeline read(Path file, Map<String, String> given) {
    try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
      LoaderOptions options = new LoaderOptions();
      options.setAllowDuplicateKeys(false);
      return new Reading(file).pipeline(new Yaml(new SafeConstructor(options)).load(text), given);
    } catch (NoSuchFileException e) {
      throw new Failure(
          "there is no file " + file,
          "Name a pipeline's YAML file; docs/pipeline.md shows one.",
          e);
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), "", e);
    } catch (YAMLException e) {
      throw new Failure("%s is no YAML: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  /** The names that a value refers to, in order. */
  static Set<String> references(String value) {
    Set<String> names = new LinkedHashSet<>();
    Matcher matcher = REFERENCE.matcher(value);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  /** A value with its references replaced. */
  static String resolve(String value, Map<String, String> by) {
    return REFERENCE
        .matcher(value)
        .replaceAll(match -> Matcher.quoteReplacement(by.get(match.group(1))));
  }

  /** Reads one file. */
  private record Reading(Path file) {

    Pipeline pipeline(Object content, Map<String, String> given) {
      Map<String, Object> top = map(content, "it", KEYS);
      String name = word(top.get("name"), "'name'");
      Map<String, String> inputs = new LinkedHashMap<>();
      if (top.get("inputs") != null) {
        map(top.get("inputs"), "'inputs'", null)
            .forEach((key, value) -> inputs.put(word(key, "an input"), text(value, key)));
      }
      given.forEach(
          (key, value) -> {
            if (!inputs.containsKey(key)) {
              throw refused("it has no input '%s' to give".formatted(key), key, inputs.keySet());
            }
            inputs.put(key, value);
          });
      if (!(top.get("stages") instanceof List<?> list) || list.isEmpty()) {
        throw refused("'stages' is missing or no list; expected at least one stage", "", List.of());
      }
      Set<String> known = new LinkedHashSet<>(inputs.keySet());
      List<Stage> stages = new ArrayList<>();
      for (int i = 0; i < list.size(); i++) {
        Stage stage = stage(list.get(i), i + 1);
        requireKnown(stage, known);
        if (known.contains(stage.name()) || stage.name().equals(OUTPUT)) {
          throw refused("two things are called '%s'".formatted(stage.name()), "", List.of());
        }
        known.add(stage.name());
        stages.add(stage);
      }
      return new Pipeline(name, inputs, stages);
    }

    private Stage stage(Object content, int number) {
      String where = "stage " + number;
      Map<String, Object> fields = map(content, where, null);
      boolean trains = fields.containsKey("train");
      if (trains == fields.containsKey("run")) {
        Set<String> all = new LinkedHashSet<>(TRAIN_KEYS);
        all.addAll(RUN_KEYS);
        requireKeys(fields.keySet(), where, all);
        throw refused(
            where + " has the keys " + fields.keySet() + "; expected either 'train' or 'run'",
            "",
            List.of());
      }
      requireKeys(fields.keySet(), where, trains ? TRAIN_KEYS : RUN_KEYS);
      String name = word(fields.get("name"), "'name' of " + where);
      return trains ? training(fields, name) : command(fields, name);
    }

    private Stage training(Map<String, Object> fields, String name) {
      Map<String, List<String>> named = new LinkedHashMap<>();
      for (String key : READ) {
        if (fields.get(key) != null) {
          named.put(key, texts(fields.get(key), name + "." + key));
        }
      }
      Map<String, String> settings = new LinkedHashMap<>();
      if (fields.get("settings") != null) {
        flatten(fields.get("settings"), "", name, settings);
      }
      boolean scratch = Boolean.TRUE.equals(fields.get("from-scratch"));
      if (fields.get("from-scratch") != null && !(fields.get("from-scratch") instanceof Boolean)) {
        throw refused(name + ".from-scratch is neither true nor false", "", List.of());
      }
      return new Stage(
          name,
          List.of("train", text(fields.get("train"), name + ".train")),
          named,
          scratch,
          settings,
          Optional.empty());
    }

    private Stage command(Map<String, Object> fields, String name) {
      List<String> words = new ArrayList<>();
      if (fields.get("run") instanceof List<?> list) {
        list.forEach(item -> words.add(text(item, name + ".run")));
      } else {
        Matcher word = WORD.matcher(text(fields.get("run"), name + ".run"));
        while (word.find()) {
          words.add(
              word.group(1) != null
                  ? word.group(1)
                  : word.group(2) != null ? word.group(2) : word.group(3));
        }
      }
      if (words.isEmpty()) {
        throw refused(name + ".run is empty; expected words of a command", "", List.of());
      }
      Optional<String> output =
          Optional.ofNullable(fields.get(OUTPUT)).map(value -> text(value, name + "." + OUTPUT));
      if (output.isPresent() && !output.get().matches("[A-Za-z0-9][A-Za-z0-9._-]*")) {
        throw refused(
            "%s.%s is \"%s\"; expected the name of a file".formatted(name, OUTPUT, output.get()),
            "",
            List.of());
      }
      return new Stage(name, words, Map.of(), false, Map.of(), output);
    }

    /** References name inputs and earlier stages; of stages that run words, their output too. */
    private void requireKnown(Stage stage, Set<String> known) {
      Set<String> names = new LinkedHashSet<>(known);
      if (stage.output().isPresent()) {
        names.add(OUTPUT);
      }
      for (String value : stage.values()) {
        for (String reference : references(value)) {
          if (!names.contains(reference)) {
            throw refused(
                "stage %s refers to ${%s}, which is no input and no earlier stage"
                    .formatted(stage.name(), reference),
                reference,
                names);
          }
        }
      }
    }

    private void flatten(Object group, String prefix, String name, Map<String, String> settings) {
      for (Map.Entry<String, Object> entry :
          map(group, name + ".settings" + (prefix.isEmpty() ? "" : " " + prefix), null)
              .entrySet()) {
        String key = prefix.isEmpty() ? entry.getKey() : prefix + "." + entry.getKey();
        if (entry.getValue() instanceof Map) {
          flatten(entry.getValue(), key, name, settings);
        } else if (entry.getValue() instanceof List<?> list) {
          settings.put(
              key,
              String.join(",", list.stream().map(item -> text(item, name + "." + key)).toList()));
        } else {
          settings.put(key, text(entry.getValue(), name + "." + key));
        }
      }
    }

    private Map<String, Object> map(Object content, String where, List<String> keys) {
      if (!(content instanceof Map<?, ?> map)) {
        throw refused(where + " is no group of keys", "", List.of());
      }
      Map<String, Object> fields = new LinkedHashMap<>();
      map.forEach((key, value) -> fields.put(String.valueOf(key), value));
      if (keys != null) {
        requireKeys(fields.keySet(), where, keys);
      }
      return fields;
    }

    private void requireKeys(Set<String> found, String where, Collection<String> keys) {
      for (String key : found) {
        if (!keys.contains(key)) {
          throw refused("%s has no key '%s'".formatted(where, key), key, keys);
        }
      }
    }

    private List<String> texts(Object value, String where) {
      return value instanceof List<?> list
          ? list.stream().map(item -> text(item, where)).toList()
          : List.of(text(value, where));
    }

    private String text(Object value, String where) {
      if (value == null || value instanceof Map || value instanceof List) {
        throw refused(where + " is no text or number", "", List.of());
      }
      return String.valueOf(value);
    }

    private String word(Object value, String where) {
      if (value == null || !NAME.matcher(String.valueOf(value)).matches()) {
        throw refused(
            "%s is \"%s\"; expected a word of letters, digits, - and _".formatted(where, value),
            "",
            List.of());
      }
      return String.valueOf(value);
    }

    private Failure refused(String what, String found, Collection<String> known) {
      return new Failure(
          "%s: %s%s%s"
              .formatted(
                  file,
                  what,
                  known.isEmpty() ? "" : "; expected one of " + known,
                  Spelling.suggestion(found, known)),
          "docs/pipeline.md shows what can be said.");
    }
  }
}
