package dev.parley.deploy.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Dashboards ask for metrics that there are, and say what they show. */
class DashboardsTest {

  private static final Path DIRECTORY = Path.of("chart/parley/dashboards");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(DIRECTORY)) {
      return files.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
  }

  private static JsonNode read(Path file) throws IOException {
    return new ObjectMapper().readTree(file.toFile());
  }

  private static List<JsonNode> panels(JsonNode dashboard) {
    List<JsonNode> panels = new ArrayList<>();
    dashboard.get("panels").forEach(panels::add);
    return panels.stream().filter(panel -> !panel.get("type").asText().equals("row")).toList();
  }

  @Test
  void thereIsOneForEachQuestion() throws IOException {
    assertThat(files())
        .extracting(file -> file.getFileName().toString())
        .containsExactly("cost.json", "fleet.json", "learning.json", "rollouts.json");
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyMetricThatAQueryAsksForStandsInTheCatalogue(Path file) throws IOException {
    Set<String> known = MetricsCatalogue.series();
    known.addAll(MetricNames.OF_OTHERS);
    Set<String> unknown = new TreeSet<>();
    for (JsonNode panel : panels(read(file))) {
      for (JsonNode target : panel.get("targets")) {
        String expression = target.get("expr").asText();
        MetricNames.in(expression).stream()
            .filter(name -> !known.contains(name))
            .forEach(name -> unknown.add(panel.get("title").asText() + ": " + name));
        MetricNames.patternsIn(expression).stream()
            .filter(
                pattern -> known.stream().noneMatch(Pattern.compile(pattern).asMatchPredicate()))
            .forEach(name -> unknown.add(panel.get("title").asText() + ": " + name));
      }
    }
    assertThat(unknown).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyPanelHasATitleAUnitAndSaysWhatToMakeOfIt(Path file) throws IOException {
    List<JsonNode> panels = panels(read(file));
    assertThat(panels)
        .allSatisfy(
            panel -> {
              assertThat(panel.path("title").asText()).isNotBlank();
              assertThat(panel.path("description").asText()).isNotBlank();
              assertThat(panel.at("/fieldConfig/defaults/unit").asText()).isNotBlank();
              assertThat(panel.path("targets")).isNotEmpty();
              assertThat(panel.path("targets"))
                  .allSatisfy(t -> assertThat(t.path("legendFormat").asText()).isNotBlank());
            });
    assertThat(panels).extracting(panel -> panel.get("title").asText()).doesNotHaveDuplicates();
    assertThat(panels).extracting(panel -> panel.get("id").asInt()).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyQueryKeepsToTheNamespaceThatIsChosen(Path file) throws IOException {
    assertThat(panels(read(file)))
        .allSatisfy(
            panel ->
                assertThat(panel.path("targets"))
                    .allSatisfy(
                        target ->
                            assertThat(target.get("expr").asText())
                                .contains("namespace=~\"$namespace\"")));
  }

  @ParameterizedTest
  @MethodSource("files")
  void dataSourceNamespaceAndRunCanBeChosen(Path file) throws IOException {
    assertThat(read(file).at("/templating/list"))
        .extracting(variable -> variable.get("name").asText())
        .containsExactly("datasource", "namespace", "run");
  }

  @ParameterizedTest
  @MethodSource("files")
  void panelsDoNotOverlap(Path file) throws IOException {
    List<JsonNode> all = new ArrayList<>();
    read(file).get("panels").forEach(all::add);
    Set<String> taken = new TreeSet<>();
    for (JsonNode panel : all) {
      JsonNode place = panel.get("gridPos");
      int right = place.get("x").asInt() + place.get("w").asInt();
      assertThat(right).as(panel.get("title").asText()).isLessThanOrEqualTo(24);
      for (int x = place.get("x").asInt(); x < right; x++) {
        for (int y = 0; y < place.get("h").asInt(); y++) {
          assertThat(taken.add(x + "," + (place.get("y").asInt() + y)))
              .as(panel.get("title").asText())
              .isTrue();
        }
      }
    }
  }

  @Test
  void rowsOfTheFleetFollowTheLoop() throws IOException {
    List<String> numbers = new ArrayList<>();
    for (JsonNode panel : read(DIRECTORY.resolve("fleet.json")).get("panels")) {
      String title = panel.get("title").asText();
      if (panel.get("type").asText().equals("row") && Character.isDigit(title.charAt(0))) {
        numbers.add(title.substring(0, 1));
      }
    }
    assertThat(numbers).containsExactly("1", "2", "3", "4", "5", "6", "7", "8");
  }
}
