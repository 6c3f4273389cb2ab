package dev.parley.deploy.chart;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The chart's {@code values.schema.json}. JSON is YAML, too. */
final class ValuesSchema {

  /** What is written before a key to misspell it. */
  private static final String WRONG = "misspelt-";

  private final Map<String, Object> root =
      KubernetesObject.map(Chart.read(Chart.DIRECTORY.resolve("values.schema.json")));

  /** The keys of one of the definitions' objects, deep, joined by dots. */
  List<String> keysOf(String definition) {
    List<String> keys = new ArrayList<>();
    collect(
        "", KubernetesObject.map(KubernetesObject.value(root, "definitions", definition)), keys);
    return keys;
  }

  private void collect(String prefix, Map<String, Object> schema, List<String> keys) {
    properties(schema)
        .forEach(
            (key, value) -> {
              Map<String, Object> inner = resolved(value);
              if (inner.containsKey("properties")) {
                collect(prefix + key + ".", inner, keys);
              } else {
                keys.add(prefix + key);
              }
            });
  }

  /**
   * Values in which every key that the schema knows stands misspelt, at its place.
   *
   * @param misspelt the misspelt keys
   */
  Object misspelling(List<String> misspelt) {
    return misspelling(root, misspelt);
  }

  private Object misspelling(Object node, List<String> misspelt) {
    Map<String, Object> schema = resolved(node);
    if (schema.containsKey("items")) {
      Object item = misspelling(schema.get("items"), misspelt);
      return item == null ? null : List.of(item);
    }
    if (!schema.containsKey("properties")
        || !Boolean.FALSE.equals(schema.get("additionalProperties"))) {
      return null;
    }
    Map<String, Object> values = new LinkedHashMap<>();
    properties(schema)
        .forEach(
            (key, inner) -> {
              values.put(WRONG + key, "x");
              misspelt.add(WRONG + key);
              Object deeper = misspelling(inner, misspelt);
              if (deeper != null) {
                values.put(key, deeper);
              }
            });
    return values;
  }

  /** Keys of closed objects that the defaults leave out. Helm's own "global" has none. */
  List<String> keysWithoutDefault(Map<String, Object> defaults) {
    List<String> missing = new ArrayList<>();
    withoutDefault("", root, defaults, missing);
    missing.remove("global");
    return missing;
  }

  private void withoutDefault(
      String prefix, Map<String, Object> schema, Map<String, Object> defaults, List<String> found) {
    properties(schema)
        .forEach(
            (key, inner) -> {
              if (!defaults.containsKey(key)) {
                found.add(prefix + key);
              } else if (defaults.get(key) instanceof Map<?, ?> deeper && !deeper.isEmpty()) {
                Map<String, Object> innerSchema = resolved(inner);
                if (!prefix.concat(key).endsWith("resources")) {
                  withoutDefault(
                      prefix + key + ".", innerSchema, KubernetesObject.map(deeper), found);
                }
              }
            });
  }

  private static Map<String, Object> properties(Map<String, Object> schema) {
    return KubernetesObject.map(schema.get("properties"));
  }

  private Map<String, Object> resolved(Object schema) {
    Map<String, Object> node = KubernetesObject.map(schema);
    Object reference = node.get("$ref");
    if (reference == null) {
      return node;
    }
    String name = reference.toString().replace("#/definitions/", "");
    return KubernetesObject.map(KubernetesObject.value(root, "definitions", name));
  }
}
