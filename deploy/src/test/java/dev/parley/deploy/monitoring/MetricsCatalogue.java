package dev.parley.deploy.monitoring;

import dev.parley.console.ConsoleMetrics;
import dev.parley.policy.PolicyMetrics;
import dev.parley.reference.ReferenceMetrics;
import dev.parley.reward.RewardMetrics;
import dev.parley.trainer.TrainerMetrics;
import io.micrometer.core.instrument.Meter;
import io.micrometer.prometheus.PrometheusNamingConvention;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Every metric of every service under the name that Prometheus sees. */
// Deprecated by Micrometer for the registry over Prometheus' newer client; Quarkus has this one.
@SuppressWarnings("deprecation")
final class MetricsCatalogue {

  /** The page that it is written to. */
  static final Path PAGE = Path.of("monitoring/metrics.md");

  private static final PrometheusNamingConvention NAMING = new PrometheusNamingConvention();

  /** A description: step of the loop, meaning, and a unit that is not part of the name. */
  private static final Pattern DESCRIPTION =
      Pattern.compile("([1-8]): (.*?)(?: \\[([^\\]]+)\\])?", Pattern.DOTALL);

  private static final String INTRODUCTION =
      """
      # Metrics

      <!-- Written by MetricsCatalogueTest from the services' own lists; do not edit. -->

      Every metric of the services under the name that Prometheus sees at `/q/metrics`. The step is that of the loop,
      1 to 8, as in the [README](../../README.md). A histogram has the series `_bucket`, `_sum` and `_count`, and beside it a gauge `_max` (of
      the last minutes). What a dashboard or alert asks for must stand here; a test sees to that, and another that this page is
      what the code says:

      ```
      mvn -pl deploy -am test -Dtest=MetricsCatalogueTest -Dsurefire.failIfNoSpecifiedTests=false -Dparley.rewrite=true
      ```

      The first rewrites it. Beside these, each service tells `jvm_*`, `process_*`, `system_*` and `http_server_*` as every Quarkus
      application does.
      """;

  /**
   * One row.
   *
   * @param name as Prometheus sees it
   * @param type counter, gauge or histogram
   * @param unit what it is counted in
   * @param labels their names, with their values in words
   * @param meaning in words
   * @param step of the loop
   */
  record Row(
      String name, String type, String unit, Map<String, String> labels, String meaning, int step) {

    /** Returns the names of its series. */
    List<String> series() {
      return type.equals("histogram")
          ? List.of(name + "_bucket", name + "_sum", name + "_count", name + "_max")
          : List.of(name);
    }
  }

  private MetricsCatalogue() {}

  /** Returns all rows by service, in the order of the loop. */
  static Map<String, List<Row>> rows() {
    Map<String, List<Meter.Id>> services = new LinkedHashMap<>();
    services.put("policy-service", PolicyMetrics.catalogue());
    services.put("reward-service", RewardMetrics.catalogue());
    services.put("reference-service", ReferenceMetrics.catalogue());
    services.put("trainer-service", TrainerMetrics.catalogue());
    services.put("console", ConsoleMetrics.catalogue());
    Map<String, List<Row>> rows = new LinkedHashMap<>();
    services.forEach(
        (service, meters) ->
            rows.put(service, meters.stream().map(MetricsCatalogue::row).toList()));
    return rows;
  }

  /** Returns the names of all series. */
  static Set<String> series() {
    return rows().values().stream()
        .flatMap(List::stream)
        .flatMap(row -> row.series().stream())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Row row(Meter.Id meter) {
    Matcher description = DESCRIPTION.matcher(meter.getDescription());
    if (!description.matches()) {
      throw new IllegalArgumentException(
          "%s is described as \"%s\", expected \"STEP: meaning\", with \" [unit]\" if need be"
              .formatted(meter.getName(), meter.getDescription()));
    }
    Map<String, String> labels = new LinkedHashMap<>();
    meter.getTags().forEach(label -> labels.put(label.getKey(), label.getValue()));
    String unit = meter.getBaseUnit() != null ? meter.getBaseUnit() : description.group(3);
    return new Row(
        NAMING.name(meter.getName(), meter.getType(), meter.getBaseUnit()),
        switch (meter.getType()) {
          case COUNTER -> "counter";
          case GAUGE -> "gauge";
          default -> "histogram";
        },
        unit == null ? "1" : unit,
        labels,
        description.group(2),
        Integer.parseInt(description.group(1)));
  }

  /** Returns the page. */
  static String page() {
    StringBuilder page = new StringBuilder(INTRODUCTION);
    rows()
        .forEach(
            (service, rows) -> {
              page.append("\n## ").append(service).append("\n\n");
              page.append("| metric | type | unit | labels | meaning | step |\n");
              page.append("|---|---|---|---|---|---|\n");
              rows.forEach(row -> page.append(line(row)));
            });
    return page.toString();
  }

  private static String line(Row row) {
    String labels =
        row.labels().entrySet().stream()
            .map(label -> "`" + label.getKey() + "`: " + label.getValue())
            .collect(Collectors.joining("; "));
    return "| `%s` | %s | %s | %s | %s | %d |%n"
        .formatted(
            row.name(),
            row.type(),
            row.unit(),
            labels.replace("|", "\\|"),
            row.meaning().replace("|", "\\|"),
            row.step());
  }
}
