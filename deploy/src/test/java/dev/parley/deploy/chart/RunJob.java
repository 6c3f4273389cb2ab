package dev.parley.deploy.chart;

import java.util.List;
import java.util.Objects;

/** The run template, filled in as {@code parley submit} does. */
final class RunJob {

  static final String BEGIN = "# From here on: the run template of the chart, filled in.";

  private RunJob() {}

  static String of(List<KubernetesObject> rendered) {
    String list =
        rendered.stream()
            .map(object -> object.text("data", "objects.yaml"))
            .filter(Objects::nonNull)
            .findFirst()
            .orElseThrow();
    StringBuilder documents = new StringBuilder(BEGIN).append('\n');
    for (String object : list.split("(?m)^- ")) {
      if (!object.isBlank()) {
        documents.append("---\n").append(object.replaceAll("(?m)^ {2}", ""));
      }
    }
    return documents
        .toString()
        .replace("__RUN__", "tea")
        .replace("__RECIPE__", "grpo")
        .replace("__NAMESPACE__", "parley");
  }
}
