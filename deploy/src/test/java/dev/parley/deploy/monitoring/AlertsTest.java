package dev.parley.deploy.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.yaml.snakeyaml.Yaml;

/**
 * Alerts ask for metrics that there are, say how bad it is and what to do, and are tested; promtool
 * runs these tests in {@code deploy/monitoring/check.sh}.
 */
class AlertsTest {

  private static final Path RULES = Path.of("chart/parley/alerts");
  private static final Path TESTS = Path.of("monitoring/tests");
  private static final Path RUNBOOKS = Path.of("monitoring/runbooks.md");

  private static final Pattern HEADING = Pattern.compile("(?m)^## (\\w+)$");

  @SuppressWarnings("unchecked")
  private static List<Map<String, Object>> list(Object yaml) {
    return (List<Map<String, Object>>) yaml;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, String> texts(Map<String, Object> yaml, String key) {
    return (Map<String, String>) yaml.getOrDefault(key, Map.of());
  }

  private static List<Map<String, Object>> documents(Path directory) throws IOException {
    List<Map<String, Object>> documents = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.sorted().toList()) {
        documents.add(new Yaml().load(Files.readString(file)));
      }
    }
    return documents;
  }

  private static List<Map<String, Object>> alerts() throws IOException {
    return documents(RULES).stream()
        .flatMap(file -> list(file.get("groups")).stream())
        .flatMap(group -> list(group.get("rules")).stream())
        .toList();
  }

  private static Set<String> names() throws IOException {
    return alerts().stream()
        .map(alert -> (String) alert.get("alert"))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyMetricThatAnAlertAsksForStandsInTheCatalogue() throws IOException {
    Set<String> known = MetricsCatalogue.series();
    for (Map<String, Object> alert : alerts()) {
      assertThat(MetricNames.in((String) alert.get("expr")))
          .as((String) alert.get("alert"))
          .isNotEmpty()
          .isSubsetOf(known);
    }
  }

  @Test
  void everyAlertSaysHowBadItIsWhatWasSeenAndWhereHelpIs() throws IOException {
    assertThat(alerts())
        .allSatisfy(
            alert -> {
              String name = (String) alert.get("alert");
              assertThat(texts(alert, "labels").get("severity"))
                  .as(name)
                  .isIn("critical", "warning");
              Map<String, String> annotations = texts(alert, "annotations");
              assertThat(annotations)
                  .as(name)
                  .containsOnlyKeys("summary", "description", "runbook_url");
              assertThat(annotations.get("runbook_url"))
                  .isEqualTo("deploy/%s#%s".formatted(RUNBOOKS, name.toLowerCase(Locale.ROOT)));
            });
  }

  @Test
  void everyAlertHasItsRunbookAndThereIsNoOther() throws IOException {
    assertThat(
            HEADING.matcher(Files.readString(RUNBOOKS)).results().map(heading -> heading.group(1)))
        .containsExactlyInAnyOrderElementsOf(names());
  }

  @Test
  void everyRunbookSaysWhatItMeansHowToConfirmItAndWhatToDo() throws IOException {
    Stream.of(Files.readString(RUNBOOKS).split("(?m)^## "))
        .skip(1)
        .forEach(
            page ->
                assertThat(page)
                    .as(page.lines().findFirst().orElseThrow())
                    .contains("**Meaning.**", "**Confirm.**", "**Do.**"));
  }

  @Test
  void everyAlertIsTestedToFireAndNotToFire() throws IOException {
    Set<String> fires = new TreeSet<>();
    Set<String> keepsQuiet = new TreeSet<>();
    documents(TESTS).stream()
        .flatMap(file -> list(file.get("tests")).stream())
        .flatMap(test -> list(test.get("alert_rule_test")).stream())
        .forEach(
            check -> {
              boolean empty = list(check.get("exp_alerts")).isEmpty();
              (empty ? keepsQuiet : fires).add((String) check.get("alertname"));
            });
    assertThat(fires).isEqualTo(names());
    assertThat(keepsQuiet).isEqualTo(names());
  }

  @Test
  void everyAlertIsTestedAtTheMinuteWhenItFiresAndAtTheMinuteBefore() throws IOException {
    for (Map<String, Object> file : documents(TESTS)) {
      for (Map<String, Object> test : list(file.get("tests"))) {
        Set<String> quiet = new TreeSet<>();
        Set<String> before = new TreeSet<>();
        for (Map<String, Object> check : list(test.get("alert_rule_test"))) {
          long minute = Duration.parse("PT" + check.get("eval_time")).toMinutes();
          if (list(check.get("exp_alerts")).isEmpty()) {
            quiet.add(check.get("alertname") + " at minute " + minute);
          } else {
            before.add(check.get("alertname") + " at minute " + (minute - 1));
          }
        }
        assertThat(quiet).as((String) test.get("name")).containsAll(before);
      }
    }
  }
}
