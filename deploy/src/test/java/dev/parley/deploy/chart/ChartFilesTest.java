package dev.parley.deploy.chart;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Files that are made from the chart are up to date. This command writes them anew:
 *
 * <pre>
 *   mvn -pl deploy -am test -Dtest=ChartFilesTest -Dsurefire.failIfNoSpecifiedTests=false -Dparley.rewrite=true
 * </pre>
 */
class ChartFilesTest {

  private static final boolean REWRITE = Boolean.getBoolean("parley.rewrite");

  @TestFactory
  Stream<DynamicTest> examplesRenderAsTheirFilesSay() throws IOException {
    return examples()
        .map(
            example ->
                DynamicTest.dynamicTest(
                    example.getFileName().toString(),
                    () ->
                        assertContent(
                            example.resolve("rendered.yaml"),
                            rendered(example.resolve("values.yaml")))));
  }

  /** Dashboards and rules go in as they are ({@link ChartTest}), and would be most of the text. */
  private static String rendered(Path values) {
    return Arrays.stream(Chart.text(List.of(values)).split("(?m)^(?=---$)"))
        .filter(document -> !document.contains("grafana_dashboard: "))
        .filter(document -> !document.contains("kind: PrometheusRule"))
        .collect(Collectors.joining());
  }

  private static Stream<Path> examples() throws IOException {
    try (Stream<Path> files = Files.list(Chart.EXAMPLES)) {
      return files.filter(Files::isDirectory).sorted().toList().stream();
    }
  }

  @Test
  void theTableOfTheReadmeIsThatOfTheValues() throws IOException {
    Path readme = Chart.DIRECTORY.resolve("README.md");
    String table = ValuesTable.of(Files.readString(Chart.DIRECTORY.resolve("values.yaml")));
    String text = Files.readString(readme);
    int begin = text.indexOf(ValuesTable.BEGIN);
    int end = text.indexOf(ValuesTable.END);
    assertThat(begin).isPositive();
    assertThat(end).isGreaterThan(begin);

    assertContent(
        readme,
        text.substring(0, begin + ValuesTable.BEGIN.length()) + "\n" + table + text.substring(end));
  }

  @Test
  void thePlainJobIsTheRunTemplateFilledIn() throws IOException {
    Path file = Chart.EXAMPLES.resolve("run-job.yaml");
    String text = Files.readString(file);
    int begin = text.indexOf(RunJob.BEGIN);
    assertThat(begin).isPositive();
    String own = text.substring(0, begin);
    List<KubernetesObject> written = Chart.objects(own);
    assertThat(written)
        .extracting(KubernetesObject::toString)
        .containsExactly("ConfigMap parley-run-tea", "ConfigMap parley-run-tea-data");

    assertContent(
        file,
        own + RunJob.of(Chart.render(List.of(Chart.EXAMPLES.resolve("laptop-kind/values.yaml")))));
  }

  private static void assertContent(Path file, String expected) throws IOException {
    if (REWRITE) {
      Files.writeString(file, expected);
    }
    assertThat(Files.exists(file) ? Files.readString(file) : "")
        .as(Chart.ROOT.relativize(file) + " is made from the chart; see the comment of this test")
        .isEqualTo(expected);
  }
}
