package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import dev.parley.data.spelling.Spelling;
import dev.parley.events.ExampleTopic;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.representer.Representer;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * What a user wants to be trained in the cluster.
 *
 * @param id the run's name: a DNS label, since objects are named after it
 * @param recipe how to train
 * @param asks whether the recipe needs policies
 * @param model the directory to start from, in the cluster
 * @param filesKey the setting that names the data; empty if the recipe reads no files
 * @param inCluster data that lie there
 * @param local data that go along
 * @param settings the trainer's, by key; a value is a text or a list of texts
 * @param replicas policies at the start; 0 for a recipe that needs none
 * @param policySettings the policies', by key without {@code parley.policy.}
 */
record RunFile(
    String id,
    String recipe,
    boolean asks,
    String filesKey,
    String model,
    List<String> inCluster,
    List<Path> local,
    Map<String, Object> settings,
    int replicas,
    Map<String, Object> policySettings) {

  /** Names of objects hold it, and the longest of those must have at most 63 letters. */
  private static final int LONGEST_ID = 40;

  private static final String ID = "[a-z0-9]([a-z0-9-]*[a-z0-9])?";
  private static final List<String> KEYS =
      List.of("run", "recipe", "model", "data", "settings", "policy");
  private static final List<String> POLICY_KEYS = List.of("replicas", "settings");

  /** Settings that the cluster, the chart or another key decides, and which one that is. */
  private static final Map<String, String> DECIDED =
      Map.of(
          "run.id", "run:",
          "run.directory", "the chart",
          "run.kafka", "the chart",
          "run.resume", "the chart",
          "model.path", "model:",
          "prompts.files", "data:",
          "data.files", "data:");

  private static final Map<String, String> DECIDED_FOR_POLICIES =
      Map.of(
          "model", "model:",
          "run-id", "run:",
          "instance-id", "the chart",
          "reward.target", "the chart",
          "reference.target", "the chart");

  /** Copies the collections. */
  RunFile {
    inCluster = List.copyOf(inCluster);
    local = List.copyOf(local);
  }

  /**
   * Reads a run file and checks all that can be checked without the cluster.
   *
   * @param file YAML
   * @param name a run's name in place of the file's
   * @param sets settings of the trainer in place of the file's
   * @param recipes all recipes
   * @throws Failure naming everything that is wrong with it
   */
  static RunFile read(
      Path file, Optional<String> name, Map<String, String> sets, Collection<String> recipes) {
    return new Reading(file, name, sets, recipes).read();
  }

  /** Whether a name can be a run's. */
  static boolean isId(String name) {
    return name.matches(ID) && name.length() <= LONGEST_ID;
  }

  /** One reading of one file, which collects what is wrong, so that it is mended in one go. */
  private static final class Reading {

    private final Path file;
    private final Optional<String> name;
    private final Map<String, String> sets;
    private final Collection<String> recipes;
    private final List<String> problems = new ArrayList<>();

    Reading(
        Path file, Optional<String> name, Map<String, String> sets, Collection<String> recipes) {
      this.file = file;
      this.name = name;
      this.sets = sets;
      this.recipes = recipes;
    }

    RunFile read() {
      Map<String, Object> top = load();
      requireKnown(top.keySet(), KEYS, "");
      String id = name.orElseGet(() -> text(top, "run"));
      if (!id.isEmpty() && !isId(id)) {
        problems.add(
            "run is \"%s\"; expected at most %d lower-case letters, digits and '-', a letter or digit at both ends"
                .formatted(id, LONGEST_ID));
      }
      String recipe = text(top, "recipe");
      if (recipe.isEmpty()) {
        throw refused();
      }
      RecipeSettings known = RecipeSettings.of(recipe, recipes);
      String model = text(top, "model");
      if (!model.isEmpty() && !model.startsWith("/")) {
        problems.add(
            "model is \"%s\"; expected a directory in the cluster, as in /models/sft or /runs/sft-1/model"
                .formatted(model));
      }
      List<String> inCluster = new ArrayList<>();
      List<Path> local = new ArrayList<>();
      data(top, known, inCluster, local);
      Map<String, Object> settings = settings(top.get("settings"), "settings", DECIDED);
      settings.putAll(settings(sets, "--set", DECIDED));
      problems.addAll(known.problems(settings, "settings"));
      Map<String, Object> policy = map(top.get("policy"), "policy");
      if (!known.asks() && !policy.isEmpty()) {
        problems.add("policy is given, but %s needs no policies; leave it out".formatted(recipe));
      }
      requireKnown(policy.keySet(), POLICY_KEYS, "policy: ");
      Map<String, Object> policySettings =
          settings(policy.get("settings"), "policy.settings", DECIDED_FOR_POLICIES);
      problems.addAll(RecipeSettings.ofPolicy().problems(policySettings, "policy.settings"));
      int replicas = replicas(policy);
      if (!problems.isEmpty()) {
        throw refused();
      }
      return new RunFile(
          id,
          recipe,
          known.asks(),
          known.files(),
          model,
          inCluster,
          local,
          settings,
          known.asks() ? replicas : 0,
          policySettings);
    }

    private Map<String, Object> load() {
      LoaderOptions options = new LoaderOptions();
      options.setAllowDuplicateKeys(false);
      try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
        Yaml yaml =
            new Yaml(
                new SafeConstructor(options),
                new Representer(new DumperOptions()),
                new DumperOptions(),
                options,
                new AsWritten());
        return map(yaml.load(text), "the file");
      } catch (NoSuchFileException e) {
        throw new Failure("there is no file " + file, "", e);
      } catch (IOException e) {
        throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), "", e);
      } catch (YAMLException e) {
        throw new Failure("%s is not YAML: %s".formatted(file, e.getMessage()), "", e);
      }
    }

    private Map<String, Object> map(Object value, String what) {
      Map<String, Object> map = new LinkedHashMap<>();
      if (value instanceof Map<?, ?> given) {
        given.forEach((key, element) -> map.put(String.valueOf(key), element));
      } else if (value != null) {
        problems.add("%s is \"%s\"; expected keys with values".formatted(what, value));
      }
      return map;
    }

    private void requireKnown(Set<String> found, List<String> known, String group) {
      for (String key : found) {
        if (!known.contains(key)) {
          problems.add(
              "%sthere is no key \"%s\"; did you mean \"%s\"?"
                  .formatted(group, key, Spelling.nearest(key, known)));
        }
      }
    }

    private String text(Map<String, Object> top, String key) {
      Object value = top.get(key);
      if (value == null || value instanceof Map || value instanceof List) {
        problems.add(key + (value == null ? " is missing" : " is no text"));
        return "";
      }
      return value.toString();
    }

    private void data(
        Map<String, Object> top, RecipeSettings known, List<String> inCluster, List<Path> local) {
      Object given = top.get("data");
      if (known.files().isEmpty()) {
        if (given != null) {
          problems.add("data is given, but the recipe reads no files; leave it out");
        }
        return;
      }
      List<?> entries =
          given instanceof List<?> several ? several : given == null ? List.of() : List.of(given);
      if (entries.isEmpty()) {
        problems.add("data is missing; expected a file here, or a path in the cluster");
      }
      for (Object entry : entries) {
        String path = String.valueOf(entry);
        if (ExampleTopic.isTopic(path)) {
          topic(path, known).ifPresentOrElse(problems::add, () -> inCluster.add(path));
          continue;
        }
        if (path.startsWith("/models/") || path.startsWith("/runs/")) {
          inCluster.add(path);
          continue;
        }
        Path here = file.toAbsolutePath().resolveSibling(path).normalize();
        if (Files.isRegularFile(here)) {
          local.add(here);
        } else {
          problems.add(
              "data: there is no file %s (a path in the cluster begins with /models/ or /runs/, a topic with topic:)"
                  .formatted(here));
        }
      }
      if (local.stream().map(Path::getFileName).distinct().count() < local.size()) {
        problems.add("data: two files have the same name; they go to one directory, so rename one");
      }
    }

    /** Returns what is wrong with a topic in place of files, if anything is. */
    private static Optional<String> topic(String written, RecipeSettings known) {
      if (!known.files().equals("data.files")) {
        return Optional.of(
            "data: %s holds no prompts; expected a file here, or a path in the cluster"
                .formatted(written));
      }
      try {
        ExampleTopic.named(written);
        return Optional.empty();
      } catch (IllegalArgumentException e) {
        return Optional.of("data: " + e.getMessage());
      }
    }

    private int replicas(Map<String, Object> policy) {
      String value = String.valueOf(policy.getOrDefault("replicas", "1"));
      if (value.matches("[1-9][0-9]{0,3}")) {
        return Integer.parseInt(value);
      }
      problems.add("policy.replicas is %s; expected a whole number, at least 1".formatted(value));
      return 1;
    }

    /** Groups may be nested, or joined by dots, or both. */
    private Map<String, Object> settings(Object given, String origin, Map<String, String> decided) {
      Map<String, Object> flat = new LinkedHashMap<>();
      flatten("", map(given, origin), flat, origin);
      decided.forEach(
          (key, decider) -> {
            if (flat.remove(key) != null) {
              problems.add("%s has %s, which %s decides".formatted(origin, key, decider));
            }
          });
      return flat;
    }

    private void flatten(
        String prefix, Map<String, Object> group, Map<String, Object> flat, String origin) {
      group.forEach(
          (name, value) -> {
            String key = prefix + name;
            if (value instanceof Map<?, ?>) {
              flatten(key + ".", map(value, origin), flat, origin);
            } else if (value instanceof List<?> several) {
              put(key, several.stream().map(String::valueOf).toList(), flat, origin);
            } else if (value == null) {
              problems.add("%s: %s has no value".formatted(origin, key));
            } else {
              put(key, String.valueOf(value), flat, origin);
            }
          });
    }

    private void put(String key, Object value, Map<String, Object> flat, String origin) {
      if (flat.putIfAbsent(key, value) != null) {
        problems.add("%s: %s stands there twice".formatted(origin, key));
      }
    }

    private Failure refused() {
      return new Failure(
          file + ":\n  " + String.join("\n  ", problems), "docs/runs.md shows run files.");
    }
  }

  /**
   * Leaves every value the text that it was written as: 3e-4 is no number of YAML's, nor is 010.
   */
  private static final class AsWritten extends Resolver {

    @Override
    protected void addImplicitResolvers() {
      addImplicitResolver(Tag.NULL, NULL, "~nN\0");
      addImplicitResolver(Tag.NULL, EMPTY, null);
    }
  }
}
