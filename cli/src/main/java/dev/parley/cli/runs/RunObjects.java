package dev.parley.cli.runs;

import dev.parley.cli.Failure;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * The objects of one run, complete but for the owner that the cluster must name first.
 *
 * @param run the ConfigMap that stands for the run and owns the rest
 * @param others the rest, in the order in which they are made
 */
record RunObjects(Map<String, Object> run, List<Map<String, Object>> others) {

  /** The label with the run's name. */
  static final String RUN_LABEL = "parley.dev/run";

  /** The label that says what part of a run an object is. */
  static final String COMPONENT = "app.kubernetes.io/component";

  /** The component of the ConfigMap that stands for the run. */
  static final String RUN = "run";

  static final String TRAINER = "trainer";
  static final String POLICY = "policy";

  /** Annotation: what the user wants, running or stopped. */
  static final String DESIRED = "parley.dev/state";

  static final String RUNNING = "running";
  static final String STOPPED = "stopped";

  /** Annotation: when the run was submitted, ISO 8601. */
  static final String SUBMITTED_AT = "parley.dev/submitted-at";

  /** Annotation: how many policies there are while the run goes on. */
  static final String REPLICAS = "parley.dev/replicas";

  /** Annotation: the run template that the objects were made from. */
  static final String TEMPLATE = "parley.dev/template";

  /** The key of the run's ConfigMap with the recipe. */
  static final String RECIPE_KEY = "recipe";

  private static final String INSTANCE = "app.kubernetes.io/instance";
  private static final String METADATA = "metadata";
  private static final String DATA_DIRECTORY = "/etc/parley/data/";

  /** A ConfigMap may have 1 MiB; its names and labels need some of it. */
  private static final int LARGEST_DATA = (1 << 20) - 4096;

  /**
   * Makes a run's objects.
   *
   * @param file what the user wants
   * @param template the chart's
   * @param now when the run is submitted
   * @throws Failure if local data cannot be read, or are too large to go along
   */
  static RunObjects of(RunFile file, RunTemplate template, Instant now) {
    Map<String, Object> run =
        configMap(
            name(file.id()),
            template,
            labels(file.id(), template, RUN),
            annotations(file, template, now));
    Map<String, String> data = new LinkedHashMap<>();
    data.put(RECIPE_KEY, file.recipe());
    data.put("settings.yaml", settings(file));
    if (file.asks()) {
      data.put("policy.properties", policyProperties(file));
    }
    run.put("data", data);
    run.put("immutable", true);
    metadata(run)
        .put("ownerReferences", List.of(owner("ConfigMap", template.name(), template.uid())));
    List<Map<String, Object>> others = new ArrayList<>();
    if (!file.local().isEmpty()) {
      Map<String, Object> files =
          configMap(
              name(file.id()) + "-data", template, labels(file.id(), template, "data"), Map.of());
      files.put("binaryData", packed(file.local()));
      files.put("immutable", true);
      others.add(files);
    }
    others.addAll(fromTemplate(template, file.id(), file.recipe(), file.asks(), file.replicas()));
    return new RunObjects(run, others);
  }

  /**
   * Makes the objects that a run takes from the template.
   *
   * @param policies whether it has policies
   * @param replicas how many at the start
   */
  static List<Map<String, Object>> fromTemplate(
      RunTemplate template, String id, String recipe, boolean policies, int replicas) {
    Map<String, String> tokens =
        Map.of("__RUN__", id, "__RECIPE__", recipe, "__NAMESPACE__", template.namespace());
    List<Map<String, Object>> objects = new ArrayList<>();
    for (Map<String, Object> object : template.fill(tokens)) {
      boolean ofPolicies = POLICY.equals(component(object));
      if (ofPolicies && !policies) {
        continue;
      }
      if (ofPolicies && "Deployment".equals(object.get("kind"))) {
        child(object, "spec").put("replicas", replicas);
      }
      objects.add(object);
    }
    return objects;
  }

  /** The name of the ConfigMap that stands for a run, and the beginning of all its names. */
  static String name(String id) {
    return "parley-run-" + id;
  }

  /** The directory of a run's files in the cluster. */
  static String directory(String id) {
    return "/runs/" + id;
  }

  /**
   * The rest of the objects, owned by the run.
   *
   * @param uid what the cluster has given the run's ConfigMap
   */
  List<Map<String, Object>> owned(String uid) {
    String name = String.valueOf(metadata(run).get("name"));
    others.forEach(
        object -> metadata(object).put("ownerReferences", List.of(owner("ConfigMap", name, uid))));
    return others;
  }

  /** All objects as YAML documents, for eyes and for {@code kubectl apply}. */
  String toYaml() {
    DumperOptions options = options();
    options.setExplicitStart(true);
    List<Object> all = new ArrayList<>();
    all.add(run);
    all.addAll(others);
    return new Yaml(options).dumpAll(all.iterator());
  }

  private static DumperOptions options() {
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.BLOCK);
    options.setSplitLines(false);
    return options;
  }

  private static Map<String, Object> configMap(
      String name,
      RunTemplate template,
      Map<String, String> labels,
      Map<String, String> annotations) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", name);
    metadata.put("namespace", template.namespace());
    metadata.put("labels", labels);
    if (!annotations.isEmpty()) {
      metadata.put("annotations", annotations);
    }
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("apiVersion", "v1");
    map.put("kind", "ConfigMap");
    map.put(METADATA, metadata);
    return map;
  }

  private static Map<String, String> labels(String id, RunTemplate template, String component) {
    Map<String, String> labels = new LinkedHashMap<>();
    labels.put("app.kubernetes.io/name", "parley-run");
    if (!template.release().isEmpty()) {
      labels.put(INSTANCE, template.release());
    }
    labels.put("app.kubernetes.io/part-of", "parley");
    labels.put(COMPONENT, component);
    labels.put(RUN_LABEL, id);
    return labels;
  }

  private static Map<String, String> annotations(RunFile file, RunTemplate template, Instant now) {
    Map<String, String> annotations = new LinkedHashMap<>();
    annotations.put(DESIRED, RUNNING);
    annotations.put(SUBMITTED_AT, now.truncatedTo(ChronoUnit.SECONDS).toString());
    annotations.put(REPLICAS, Integer.toString(file.replicas()));
    annotations.put(TEMPLATE, template.name());
    return annotations;
  }

  private static Map<String, Object> owner(String kind, String name, String uid) {
    Map<String, Object> owner = new LinkedHashMap<>();
    owner.put("apiVersion", "v1");
    owner.put("kind", kind);
    owner.put("name", name);
    owner.put("uid", uid);
    return owner;
  }

  /** The trainer's settings: the user's, and what the run and the cluster decide. */
  private static String settings(RunFile file) {
    Map<String, Object> flat = new TreeMap<>(file.settings());
    flat.put("run.id", file.id());
    flat.put("run.directory", directory(file.id()));
    flat.put("run.resume", "auto");
    flat.put("model.path", file.model());
    List<String> files = new ArrayList<>(file.inCluster());
    file.local().forEach(path -> files.add(DATA_DIRECTORY + packedName(path)));
    if (!file.filesKey().isEmpty()) {
      flat.put(file.filesKey(), files);
    }
    Map<String, Object> nested = new LinkedHashMap<>();
    flat.forEach((key, value) -> nest(nested, List.of(key.split("\\.")), value));
    return new Yaml(options()).dump(nested);
  }

  @SuppressWarnings("unchecked")
  private static void nest(Map<String, Object> group, List<String> path, Object value) {
    if (path.size() == 1) {
      group.put(path.get(0), value);
    } else {
      nest(
          (Map<String, Object>) group.computeIfAbsent(path.get(0), key -> new LinkedHashMap<>()),
          path.subList(1, path.size()),
          value);
    }
  }

  /** The policies' settings: the policy service reads properties. */
  private static String policyProperties(RunFile file) {
    Map<String, Object> settings = new TreeMap<>(file.policySettings());
    settings.put("model", file.model());
    settings.put("run-id", file.id());
    Object base = file.settings().get("model.base");
    if (base != null) {
      settings.putIfAbsent("base", base);
    }
    StringBuilder properties = new StringBuilder();
    settings.forEach(
        (key, value) ->
            properties
                .append("parley.policy.")
                .append(key)
                .append('=')
                .append(escaped(value.toString()))
                .append('\n'));
    return properties.toString();
  }

  private static String escaped(String value) {
    return value
        .replace("\\", "\\\\")
        .replace("\n", "\\n")
        .replace("\r", "\\r")
        .replaceFirst("^ ", "\\\\ ");
  }

  private static Map<String, String> packed(List<Path> files) {
    Map<String, String> packed = new LinkedHashMap<>();
    long total = 0;
    for (Path file : files) {
      byte[] bytes = pack(file);
      total += bytes.length;
      packed.put(packedName(file), Base64.getEncoder().encodeToString(bytes));
    }
    if (total > LARGEST_DATA) {
      throw new Failure(
          "the data are %,d bytes when compressed; at most %,d can go along with a run"
              .formatted(total, LARGEST_DATA),
          "Copy them to the models volume or into /runs, and name that path: data:"
              + " /models/data/prompts.jsonl");
    }
    return packed;
  }

  /** Parquet is compressed already, and is not read otherwise. */
  private static boolean isPacked(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".gz") || name.endsWith(".parquet");
  }

  private static String packedName(Path file) {
    // A key of a ConfigMap has letters, digits, '-', '_' and '.'.
    String name = file.getFileName().toString().replaceAll("[^A-Za-z0-9._-]", "_");
    return isPacked(file) ? name : name + ".gz";
  }

  private static byte[] pack(Path file) {
    try {
      if (isPacked(file)) {
        return Files.readAllBytes(file);
      }
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (OutputStream out = new GZIPOutputStream(bytes)) {
        Files.copy(file, out);
      }
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  /** What part of a run an object is; empty if it does not say. */
  static String component(Map<String, Object> object) {
    Object labels = metadata(object).get("labels");
    return labels instanceof Map<?, ?> map ? String.valueOf(map.get(COMPONENT)) : "";
  }

  static Map<String, Object> metadata(Map<String, Object> object) {
    return child(object, METADATA);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> child(Map<String, Object> object, String key) {
    return (Map<String, Object>) object.computeIfAbsent(key, name -> new LinkedHashMap<>());
  }
}
