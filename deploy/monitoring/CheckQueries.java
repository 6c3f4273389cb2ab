import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.yaml.snakeyaml.Yaml;

/**
 * Asks a Prometheus every query of the dashboards, and what every alert looks at, over some time.
 * Prints a line for each, and ends with 1 if one has no data that should have some.
 *
 * <p>Arguments: Prometheus' address, the dashboards' directory, the alerts' directory, the file of
 * queries that may be empty, the begin and the end (seconds since 1970), the run.
 */
public final class CheckQueries {

  private static final Pattern METRIC = Pattern.compile("\\bparley_[a-z0-9_]+\\b");
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final String prometheus;
  private final long begin;
  private final long end;
  private final Map<String, String> mayBeEmpty;
  private final TreeSet<String> used = new TreeSet<>();
  private int failures;

  private CheckQueries(String prometheus, long begin, long end, Map<String, String> mayBeEmpty) {
    this.prometheus = prometheus;
    this.begin = begin;
    this.end = end;
    this.mayBeEmpty = mayBeEmpty;
  }

  public static void main(String[] arguments) throws IOException, InterruptedException {
    CheckQueries check =
        new CheckQueries(
            arguments[0],
            Long.parseLong(arguments[4]),
            Long.parseLong(arguments[5]),
            exceptions(Path.of(arguments[3])));
    for (Path file : files(Path.of(arguments[1]), ".json")) {
      check.dashboard(file, arguments[6]);
    }
    for (Path file : files(Path.of(arguments[2]), ".yaml")) {
      check.alerts(file);
    }
    check.finish();
  }

  private static List<Path> files(Path directory, String ending) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }

  /** Lines "dashboard / panel: reason"; others are comments. */
  private static Map<String, String> exceptions(Path file) throws IOException {
    Map<String, String> exceptions = new LinkedHashMap<>();
    for (String line : Files.readAllLines(file)) {
      if (!line.isBlank() && !line.startsWith("#")) {
        int colon = line.indexOf(": ");
        exceptions.put(line.substring(0, colon), line.substring(colon + 2));
      }
    }
    return exceptions;
  }

  private void dashboard(Path file, String run) throws IOException, InterruptedException {
    JsonNode dashboard = JSON.readTree(file.toFile());
    String name = file.getFileName().toString().replace(".json", "");
    for (JsonNode variable : dashboard.at("/templating/list")) {
      if (variable.get("type").asText().equals("query")) {
        String query = variable.at("/query/query").asText();
        String selector = query.replaceFirst("label_values\\((.*), \\w+\\)", "$1");
        tell(name, "variable " + variable.get("name").asText(), filled(selector, run));
      }
    }
    for (JsonNode panel : dashboard.get("panels")) {
      for (JsonNode target : panel.path("targets")) {
        tell(
            name,
            panel.get("title").asText() + " " + target.get("refId").asText(),
            filled(target.get("expr").asText(), run));
      }
    }
    for (JsonNode annotation : dashboard.at("/annotations/list")) {
      tell(
          name,
          "annotation " + annotation.get("name").asText(),
          filled(annotation.get("expr").asText(), run));
    }
  }

  private String filled(String expression, String run) {
    return expression
        .replace("$namespace", "check")
        .replace("$run", run)
        .replace("$__rate_interval", "15s")
        .replace("$__interval", "15s")
        .replace("$__range", (end - begin) + "s");
  }

  /**
   * What an alert looks at must be there, and its expression must be true at no moment: this run is
   * a healthy one.
   */
  private void alerts(Path file) throws IOException, InterruptedException {
    JsonNode rules = JSON.valueToTree(new Yaml().load(Files.readString(file)));
    String name = "alerts/" + file.getFileName().toString().replace(".yaml", "");
    for (JsonNode group : rules.get("groups")) {
      for (JsonNode rule : group.get("rules")) {
        String alert = rule.get("alert").asText();
        String expression = rule.get("expr").asText();
        int moments = points(expression);
        System.out.printf(
            "%-16s %-48s %s%n",
            name,
            alert,
            moments == 0 ? "quiet" : "TRUE at " + moments + " moments, 2 s apart");
        failures += moments == 0 ? 0 : 1;
        List<String> metrics =
            METRIC.matcher(expression).results().map(match -> match.group()).distinct().toList();
        for (String metric : metrics) {
          tell(name, alert + " " + metric, metric);
        }
      }
    }
  }

  private void tell(String where, String what, String expression)
      throws IOException, InterruptedException {
    int points = points(expression);
    String title = where + " / " + what;
    String result = Integer.toString(points);
    if (points <= 0) {
      String key = mayBeEmpty.keySet().stream().filter(title::startsWith).findFirst().orElse(null);
      if (points == 0 && key != null) {
        used.add(key);
        result = "empty: " + mayBeEmpty.get(key);
      } else {
        failures++;
        result = (points == 0 ? "EMPTY  " : "ERROR  ") + expression;
      }
    }
    System.out.printf("%-16s %-48s %s%n", where, what, result);
  }

  /** Returns how many numbers a query gives over the time, -1 if Prometheus refuses it. */
  private int points(String expression) throws IOException, InterruptedException {
    String query =
        "query=%s&start=%d&end=%d&step=2"
            .formatted(URLEncoder.encode(expression, StandardCharsets.UTF_8), begin, end);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(prometheus + "/api/v1/query_range"))
            .header("Content-Type", "application/x-www-form-urlencoded")
            .POST(HttpRequest.BodyPublishers.ofString(query))
            .build();
    JsonNode answer =
        JSON.readTree(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body());
    if (!answer.get("status").asText().equals("success")) {
      System.out.println(answer.get("error").asText());
      return -1;
    }
    List<String> numbers = new ArrayList<>();
    for (JsonNode series : answer.at("/data/result")) {
      for (JsonNode value : series.get("values")) {
        if (!value.get(1).asText().equals("NaN")) {
          numbers.add(value.get(1).asText());
        }
      }
    }
    return numbers.size();
  }

  private void finish() {
    for (String exception : mayBeEmpty.keySet()) {
      if (!used.contains(exception)) {
        System.out.println("has data here, though it need not: " + exception);
      }
    }
    System.out.println(
        failures == 0
            ? "every query has data, and no alert is true"
            : failures + " queries have no data, or alerts are true");
    System.exit(failures == 0 ? 0 : 1);
  }
}
