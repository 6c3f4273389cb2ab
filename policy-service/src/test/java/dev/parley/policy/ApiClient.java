package dev.parley.policy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Asks the OpenAI-compatible API as any HTTP client does. */
final class ApiClient {

  static final String CHAT = "/v1/chat/completions";
  static final String COMPLETIONS = "/v1/completions";

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String EVENT = "data: ";

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI address;

  /** Asks a server at {@code http://host:port/}. */
  ApiClient(URI address) {
    this.address = address;
  }

  /** What came back. */
  record Answer(int status, HttpHeaders headers, String text) {

    JsonNode json() {
      return parse(text);
    }

    /** Returns the events of a stream, without the last, which only says that it is the last. */
    List<JsonNode> events() {
      assertThat(headers.firstValue("content-type")).hasValue("text/event-stream; charset=utf-8");
      List<JsonNode> events = new ArrayList<>();
      List<String> blocks = List.of(text.split("\n\n"));
      for (String block : blocks.subList(0, blocks.size() - 1)) {
        assertThat(block).startsWith(EVENT).doesNotContain("\n");
        events.add(parse(block.substring(EVENT.length())));
      }
      assertThat(blocks.get(blocks.size() - 1)).isEqualTo("data: [DONE]");
      return events;
    }
  }

  static JsonNode parse(String json) {
    try {
      return JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError(json, e);
    }
  }

  Answer get(String path) {
    return send(HttpRequest.newBuilder(address.resolve(path)).build());
  }

  Answer post(String path, String body) {
    return send(posting(path, body));
  }

  /** Posts, and expects success. */
  JsonNode ask(String path, String body) {
    Answer answer = post(path, body);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    return answer.json();
  }

  /** Posts, and does not wait for the answer. */
  CompletableFuture<Answer> begin(String path, String body) {
    return client
        .sendAsync(posting(path, body), HttpResponse.BodyHandlers.ofString())
        .thenApply(ApiClient::answer);
  }

  private HttpRequest posting(String path, String body) {
    return HttpRequest.newBuilder(address.resolve(path))
        .header("content-type", "application/json")
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private Answer send(HttpRequest request) {
    try {
      return answer(client.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Answer answer(HttpResponse<String> response) {
    return new Answer(response.statusCode(), response.headers(), response.body());
  }
}
