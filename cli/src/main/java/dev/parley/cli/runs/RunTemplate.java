package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * The Kubernetes objects of one run as the chart has rendered them, with tokens for what differs
 * between runs.
 *
 * @param name the ConfigMap that holds them
 * @param uid its identity, for owner references
 * @param namespace where it is
 * @param release the release of the chart
 * @param objects the objects, as YAML's maps and lists
 */
record RunTemplate(
    String name, String uid, String namespace, String release, List<Map<String, Object>> objects) {

  /** The label of ConfigMaps that hold a template. */
  static final String LABEL = "parley.dev/run-template";

  /** The key of the ConfigMap. */
  static final String KEY = "objects.yaml";

  /**
   * YAML's own limit of three million code points is for untrusted input; this is the operator's.
   */
  private static final int LARGEST = 1 << 20;

  /**
   * Reads a template.
   *
   * @param yaml a list of objects
   * @throws Failure if it is something else
   */
  static RunTemplate parse(String name, String uid, String namespace, String release, String yaml) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(LARGEST);
    Object parsed;
    try {
      parsed = new Yaml(new SafeConstructor(options)).load(yaml);
    } catch (YAMLException e) {
      throw new Failure(
          "the run template %s is not YAML: %s".formatted(name, e.getMessage()),
          "It is the chart's: helm upgrade renders it again.",
          e);
    }
    List<Map<String, Object>> objects = new ArrayList<>();
    if (parsed instanceof List<?> list) {
      for (Object object : list) {
        objects.add(object(name, object));
      }
    }
    if (objects.isEmpty()) {
      throw new Failure(
          "the run template %s holds no list of objects".formatted(name),
          "It is the chart's: helm upgrade renders it again.");
    }
    return new RunTemplate(name, uid, namespace, release, objects);
  }

  private static Map<String, Object> object(String name, Object object) {
    Map<String, Object> fields = new LinkedHashMap<>();
    if (object instanceof Map<?, ?> map) {
      map.forEach((key, value) -> fields.put(String.valueOf(key), value));
    }
    if (!fields.containsKey("kind")
        || !(fields.get("metadata") instanceof Map<?, ?> metadata)
        || !metadata.containsKey("name")) {
      throw new Failure(
          "the run template %s holds something without kind and metadata.name".formatted(name),
          "It is the chart's: helm upgrade renders it again.");
    }
    return fields;
  }

  /**
   * The objects with the tokens replaced, inside texts alone: what is put in cannot become a key, a
   * list or another type, whatever it looks like.
   *
   * @param tokens what to put where, by token
   */
  List<Map<String, Object>> fill(Map<String, String> tokens) {
    List<Map<String, Object>> filled = new ArrayList<>();
    for (Map<String, Object> object : objects) {
      Map<String, Object> copy = new LinkedHashMap<>();
      object.forEach((key, value) -> copy.put(key, fill(value, tokens)));
      filled.add(copy);
    }
    return filled;
  }

  private static Object fill(Object node, Map<String, String> tokens) {
    if (node instanceof Map<?, ?> map) {
      Map<String, Object> copy = new LinkedHashMap<>();
      map.forEach((key, value) -> copy.put(String.valueOf(key), fill(value, tokens)));
      return copy;
    }
    if (node instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(element -> copy.add(fill(element, tokens)));
      return copy;
    }
    if (node instanceof String text) {
      return fillText(text, tokens);
    }
    return node;
  }

  /** In one pass, so that what is put in is not read again. */
  private static String fillText(String text, Map<String, String> tokens) {
    StringBuilder filled = new StringBuilder();
    int from = 0;
    while (true) {
      int at = -1;
      String next = "";
      for (String token : tokens.keySet()) {
        int found = text.indexOf(token, from);
        if (found >= 0 && (at < 0 || found < at)) {
          at = found;
          next = token;
        }
      }
      if (at < 0) {
        return filled.append(text, from, text.length()).toString();
      }
      filled.append(text, from, at).append(tokens.get(next));
      from = at + next.length();
    }
  }
}
