package dev.parley.cli.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.cli.Failure;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Asks a console what a program may ask. */
final class ConsoleClient {

  private static final int OK = 200;
  private static final int CONFLICT = 409;
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final URI site;
  private final String token;

  /**
   * A client.
   *
   * @param site where the console is
   * @param token that lets in
   */
  ConsoleClient(URI site, String token) {
    this.site = site;
    this.token = token;
  }

  /**
   * A study.
   *
   * @param id its number
   * @param name its name
   * @param pairs that it has
   * @param given verdicts
   * @param wanted verdicts
   * @param leftOut rows of the file whose answers are the same text
   */
  record Study(long id, String name, long pairs, long given, long wanted, int leftOut) {

    static Study of(JsonNode study) {
      return new Study(
          study.path("id").asLong(),
          study.path("name").asText(),
          study.path("pairs").asLong(),
          study.path("given").asLong(),
          study.path("wanted").asLong(),
          study.path("leftOut").asInt());
    }
  }

  /** All studies, the newest first. */
  List<Study> studies() throws InterruptedException {
    HttpResponse<String> answer =
        send(request("/api/studies").GET().build(), BodyHandlers.ofString());
    List<Study> studies = new ArrayList<>();
    json(expect(answer, answer.body())).forEach(study -> studies.add(Study.of(study)));
    return studies;
  }

  /**
   * Makes a study.
   *
   * @param settings of it, by the names of the console's address
   * @param pairs its file
   * @return empty if there is one of this name
   * @throws Failure if the console refuses, with what it says
   */
  Optional<Study> create(Map<String, String> settings, Path pairs) throws InterruptedException {
    String query =
        settings.entrySet().stream()
            .map(
                each ->
                    each.getKey()
                        + "="
                        + URLEncoder.encode(each.getValue(), StandardCharsets.UTF_8))
            .collect(Collectors.joining("&"));
    try {
      HttpResponse<String> answer =
          send(
              request("/api/studies?" + query)
                  .header("Content-Type", "application/x-ndjson")
                  .POST(HttpRequest.BodyPublishers.ofFile(pairs))
                  .build(),
              BodyHandlers.ofString());
      if (answer.statusCode() == CONFLICT) {
        return Optional.empty();
      }
      if (answer.statusCode() != OK) {
        throw new Failure("%s: %s".formatted(pairs, answer.body().strip()), "");
      }
      return Optional.of(Study.of(json(answer.body())));
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(pairs, e.getMessage()), "", e);
    }
  }

  /**
   * Fetches what people preferred; the file takes its place once it is whole.
   *
   * @return how many preferences it holds
   */
  long export(Study study, Path file) throws IOException, InterruptedException {
    Path whole = file.toAbsolutePath();
    Files.createDirectories(whole.getParent());
    Path unfinished = whole.resolveSibling(whole.getFileName() + ".unfinished");
    HttpResponse<Path> answer =
        send(
            request("/studies/" + study.id() + "/preferences.jsonl").GET().build(),
            BodyHandlers.ofFile(unfinished));
    expect(answer, "");
    long rows;
    try (var lines = Files.lines(unfinished)) {
      rows = lines.count();
    }
    Files.move(unfinished, whole, StandardCopyOption.REPLACE_EXISTING);
    return rows;
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(site.resolve(path))
        .timeout(PATIENCE)
        .header("Authorization", "Bearer " + token);
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws InterruptedException {
    try {
      return http.send(request, body);
    } catch (IOException e) {
      throw new Failure(
          "the console at %s does not answer: %s".formatted(site, e.getMessage()), "", e);
    }
  }

  private String expect(HttpResponse<?> answer, String body) {
    if (answer.statusCode() != OK) {
      throw new Failure(
          "the console at %s answers %d: %s".formatted(site, answer.statusCode(), body.strip()),
          "");
    }
    return body;
  }

  private JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException e) {
      throw new Failure("the console at %s answers no JSON: %s".formatted(site, text), "", e);
    }
  }
}
