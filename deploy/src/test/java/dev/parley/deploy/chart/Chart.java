package dev.parley.deploy.chart;

import com.marcnuri.helm.Helm;
import com.marcnuri.helm.LintResult;
import com.marcnuri.helm.TemplateCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/** The chart {@code deploy/chart/parley} and its values files. */
final class Chart {

  /** The repository. Surefire's working directory is the module's. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  static final Path DIRECTORY = ROOT.resolve("deploy/chart/parley");
  static final Path EXAMPLES = ROOT.resolve("deploy/examples/kubernetes");

  /** Release and namespace of everything rendered here. */
  static final String RELEASE = "parley";

  private static final String KUBERNETES = "1.34.0";

  /** What the files that do not change while tests run render, so that it is rendered once. */
  private static final Map<List<Path>, List<KubernetesObject>> RENDERED = new ConcurrentHashMap<>();

  private Chart() {}

  /** No values file, and each that the chart and the examples have, by its name from the root. */
  static Map<String, List<Path>> allValues() {
    Map<String, List<Path>> all = new LinkedHashMap<>();
    all.put("the defaults", List.of());
    Stream.of(
            files(DIRECTORY.resolve("ci"), "-values.yaml"),
            files(DIRECTORY.resolve("ci/strimzi"), "-values.yaml"),
            files(EXAMPLES, "/values.yaml"))
        .flatMap(List::stream)
        .forEach(file -> all.put(ROOT.relativize(file).toString(), List.of(file)));
    return all;
  }

  private static List<Path> files(Path directory, String end) {
    try (Stream<Path> files = Files.walk(directory, 2)) {
      return files.filter(file -> file.toString().endsWith(end)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Renders the chart as {@code helm install} applies it: without the pods of {@code helm test}.
   *
   * @throws IllegalStateException with Helm's message, if it refuses
   */
  static String text(List<Path> values) {
    return text(DIRECTORY, values);
  }

  private static String text(Path chart, List<Path> values) {
    TemplateCommand template =
        new Helm(chart)
            .template()
            .withName(RELEASE)
            .withNamespace(RELEASE)
            .withKubeVersion(KUBERNETES);
    values.forEach(template::withValuesFile);
    return template.call();
  }

  /** Renders the chart, pods of {@code helm test} included, and reads the objects back. */
  static List<KubernetesObject> render(List<Path> values) {
    return RENDERED.computeIfAbsent(values, files -> objects(text(WithTests.CHART, files)));
  }

  /** Renders the chart with values as they are written in a values file, tests included. */
  static List<KubernetesObject> render(String values) {
    return withFile(values, file -> objects(text(WithTests.CHART, List.of(file))));
  }

  /**
   * A copy of the chart whose tests are no hooks, which Helm keeps out of what it renders, and
   * which asks no cluster for Secrets that are there, as this library otherwise does.
   */
  private static final class WithTests {

    static final Path CHART = copy();

    private static Path copy() {
      try {
        Path chart = Files.createTempDirectory("chart").resolve("parley");
        copyTo(chart);
        replace(
            chart.resolve("templates/tests/services.yaml"),
            "helm.sh/hook: test",
            "parley.dev/hook: test");
        replace(
            chart.resolve("templates/_helpers.tpl"),
            "lookup \"v1\" \"Secret\" .root.Release.Namespace $name",
            "dict");
        return chart;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    private static void replace(Path file, String text, String by) throws IOException {
      String content = Files.readString(file);
      if (!content.contains(text)) {
        throw new IllegalStateException("%s has no %s".formatted(file, text));
      }
      Files.writeString(file, content.replace(text, by));
    }
  }

  private static void copyTo(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(DIRECTORY)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path target = directory.resolve(DIRECTORY.relativize(file));
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  /** What Helm says when it refuses these values. */
  static String refusal(String values) {
    return withFile(
        values,
        file -> {
          try {
            text(List.of(file));
          } catch (IllegalStateException e) {
            return e.getMessage();
          }
          throw new AssertionError("Helm takes these values:\n" + values);
        });
  }

  private static <T> T withFile(String values, Function<Path, T> use) {
    try {
      Path file = Files.createTempFile("values", ".yaml");
      try {
        return use.apply(Files.writeString(file, values));
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The objects of a file with several documents. */
  static List<KubernetesObject> objects(String documents) {
    List<KubernetesObject> objects = new ArrayList<>();
    for (Object document : new Yaml().loadAll(documents)) {
      if (document != null) {
        objects.add(KubernetesObject.of(document));
      }
    }
    return objects;
  }

  /** What the run template makes of a run, tokens and all. */
  static List<KubernetesObject> runObjects(List<KubernetesObject> rendered) {
    String objects =
        rendered.stream()
            .filter(object -> object.name().endsWith("-run-template"))
            .map(object -> object.text("data", "objects.yaml"))
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow(() -> new AssertionError("there is no run template"));
    List<?> list = new Yaml().load(objects);
    return list.stream().map(KubernetesObject::of).toList();
  }

  /** All pods: of what is rendered, and of what a run is made of. */
  static List<PodTemplate> pods(List<KubernetesObject> rendered) {
    return Stream.concat(rendered.stream(), runObjects(rendered).stream())
        .flatMap(object -> PodTemplate.of(object).stream())
        .toList();
  }

  /** Lints the chart with other default values. */
  static LintResult lint(Map<String, Object> values, Path workplace) throws IOException {
    Path copy = workplace.resolve("parley");
    copyTo(copy);
    Files.writeString(copy.resolve("values.yaml"), new Yaml().dump(values));
    return new Helm(copy).lint().strict().call();
  }

  static Map<String, Object> defaults() {
    return KubernetesObject.map(read(DIRECTORY.resolve("values.yaml")));
  }

  static Object read(Path yaml) {
    try {
      return new Yaml().load(Files.readString(yaml));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The defaults under a values file, as Helm puts them together: null takes a key away. */
  static Map<String, Object> merged(Map<String, Object> under, Map<String, Object> over) {
    Map<String, Object> result = new LinkedHashMap<>(under);
    over.forEach(
        (key, value) -> {
          if (value == null) {
            result.remove(key);
          } else if (value instanceof Map && result.get(key) instanceof Map) {
            result.put(
                key, merged(KubernetesObject.map(result.get(key)), KubernetesObject.map(value)));
          } else {
            result.put(key, value);
          }
        });
    return result;
  }
}
