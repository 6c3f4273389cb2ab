package dev.parley.deploy.chart;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An object as YAML describes it.
 *
 * @param tree maps, lists and values
 */
record KubernetesObject(Map<String, Object> tree) {

  static KubernetesObject of(Object tree) {
    return new KubernetesObject(map(tree));
  }

  /** A map with names as keys; an empty one in place of null. */
  static Map<String, Object> map(Object tree) {
    Map<String, Object> result = new LinkedHashMap<>();
    if (tree != null) {
      ((Map<?, ?>) tree).forEach((key, value) -> result.put(key.toString(), value));
    }
    return result;
  }

  /** A list of maps; an empty one in place of null. */
  static List<Map<String, Object>> maps(Object list) {
    return list == null ? List.of() : ((List<?>) list).stream().map(KubernetesObject::map).toList();
  }

  /** What stands at a path of keys, or null. */
  static Object value(Object tree, String... path) {
    Object here = tree;
    for (String key : path) {
      here = here instanceof Map ? ((Map<?, ?>) here).get(key) : null;
    }
    return here;
  }

  Object at(String... path) {
    return value(tree, path);
  }

  String text(String... path) {
    Object value = at(path);
    return value == null ? null : value.toString();
  }

  String kind() {
    return text("kind");
  }

  String name() {
    return text("metadata", "name");
  }

  Map<String, Object> labels() {
    return map(at("metadata", "labels"));
  }

  @Override
  public String toString() {
    return kind() + " " + name();
  }
}
