package dev.parley.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.proto.reward.v1.PromptResponse;
import dev.parley.proto.reward.v1.ScoreItem;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What OpenRLHF's and vLLM's clients send, sent by a real HTTP client. */
@QuarkusTest
@WithTestResource(TinyReward.class)
class RewardHttpApiTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TestHTTPResource URL url;

  private RewardClient client;

  @BeforeEach
  void connect() {
    client = new RewardClient(url);
    client.awaitReady();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  @Test
  void openRlhfGetsTheScoresThatGrpcGives() throws Exception {
    JsonNode reply =
        ask(
            "/get_reward",
            200,
            """
            {"query": ["Tea?Yes, please.</s>", "Tea?No."], "prompts": ["Tea?", "Tea?"], "labels": ["yes", null]}
            """);

    assertThat(reply.get("rewards")).hasSize(2);
    assertThat(reply.get("scores")).isEqualTo(reply.get("rewards"));
    // Together they are rounded in another order than alone.
    assertThat(reply.at("/rewards/0").asDouble())
        .isCloseTo(overGrpc("Tea?", "Yes, please."), within(1e-6));
    assertThat(reply.at("/rewards/1").asDouble()).isCloseTo(overGrpc("Tea?", "No."), within(1e-6));
    assertThat(reply.at("/extra_logs/polite").toString()).isEqualTo("[1.0,0.0]");
  }

  @Test
  void promptsAndLabelsMayBeLeftOut() throws Exception {
    JsonNode reply = ask("/get_reward", 200, "{\"query\": [\"please\"]}");
    assertThat(reply.at("/rewards/0").asDouble()).isCloseTo(overGrpc("", "please"), within(1e-6));
    assertThat(ask("/get_reward", 200, "{\"query\": []}").get("rewards")).isEmpty();
  }

  @Test
  void whatCannotBeReadIsNamed() throws Exception {
    assertThat(message("/get_reward", 400, "nonsense")).contains("the body is not JSON");
    assertThat(message("/get_reward", 400, "{}"))
        .isEqualTo("query is not there, expected a list of texts");
    assertThat(message("/get_reward", 400, "{\"query\": [1]}"))
        .isEqualTo("query[0] is 1, expected text");
    assertThat(message("/get_reward", 400, "{\"query\": [\"a\"], \"labels\": []}"))
        .isEqualTo("labels is 0 elements, expected as many as query has: 1");
    assertThat(message("/classify", 400, "{}"))
        .isEqualTo("input is nothing, expected text, token ids, a list of them, or messages");
  }

  @Test
  void aBodyOfMoreThanQuarkusAllowsByItselfIsRead() throws Exception {
    assertThat(message("/classify", 400, "x".repeat(20 << 20))).contains("the body is not JSON");
  }

  @Test
  void everyErrorIsToldInJson() throws Exception {
    assertThat(message("/get_reward", 400, "")).isEqualTo("the request has no body; expected JSON");
    assertThat(message("/classify", 413, "x".repeat((64 << 20) + 1)))
        .isEqualTo("the body is larger than 67108864 bytes; split it");
    String form = "application/x-www-form-urlencoded";
    assertThat(ask("/get_reward", form, 415, "x".repeat(1 << 20)).at("/error/message").asText())
        .isEqualTo("the body is a form (" + form + "); send Content-Type: application/json");
    HttpResponse<String> got = client.get("/pooling");
    assertThat(got.statusCode()).isEqualTo(405);
    assertThat(got.body()).contains("\"message\":\"/pooling is asked with POST\"");
  }

  @Test
  void anAnswerThatCannotBeScoredIsNoNumber() throws Exception {
    // A rule reads text, of which tokens are none.
    assertThat(message("/classify", 422, "{\"input\": [[65, 66], [67]]}"))
        .contains("item 0 cannot be scored", "polite: a rule reads the answer's text");
  }

  @Test
  void classifyAndPoolingAnswerInTheShapeOfVllm() throws Exception {
    String question =
        "{\"model\": \"any\", \"messages\": [{\"role\": \"user\", \"content\": \"Tea?\"},"
            + " {\"role\": \"assistant\", \"content\": \"Yes, please.\"}]}";
    double expected = overGrpc("Tea?", "Yes, please.");

    JsonNode classes = ask("/classify", 200, question);
    assertThat(classes.get("object").asText()).isEqualTo("list");
    assertThat(classes.get("model").asText()).isEqualTo("total");
    assertThat(classes.at("/data/0/index").asInt()).isZero();
    assertThat(classes.at("/data/0/num_classes").asInt()).isEqualTo(1);
    assertThat(classes.at("/data/0/probs/0").asDouble()).isCloseTo(expected, within(1e-6));

    JsonNode pooled = ask("/pooling", 200, question);
    assertThat(pooled.at("/data/0/object").asText()).isEqualTo("pooling");
    assertThat(pooled.at("/data/0/data/0").asDouble()).isCloseTo(expected, within(1e-6));

    assertThat(ask("/classify", 200, "{\"input\": [\"a\", \"b\"]}").get("data")).hasSize(2);
    assertThat(ask("/classify", 200, "{\"input\": \"a\"}").get("data")).hasSize(1);
  }

  @Test
  void requestsAreCountedByPathAndStatus() throws Exception {
    ask("/get_reward", 200, "{\"query\": [\"please\"]}");
    assertThat(client.get("/q/metrics").body())
        .contains("parley_reward_http_requests_seconds_count{code=\"200\",route=\"/get_reward\"")
        .contains("parley_reward_component_mean{component=\"polite\"} 1.0");
  }

  private double overGrpc(String prompt, String response) {
    ScoreItem item =
        ScoreItem.newBuilder()
            .setItemId("1")
            .setTexts(PromptResponse.newBuilder().setPrompt(prompt).setResponse(response))
            .build();
    return client.blocking().score(RewardClient.request(item)).getResults(0).getScore().getValue();
  }

  private String message(String path, int status, String body) throws Exception {
    return ask(path, status, body).at("/error/message").asText();
  }

  private JsonNode ask(String path, int status, String body) throws Exception {
    return ask(path, "application/json", status, body);
  }

  private JsonNode ask(String path, String type, int status, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://localhost:" + url.getPort() + path))
            .header("Content-Type", type)
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    HttpResponse<String> response =
        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(response.headers().firstValue("content-type")).contains("application/json");
    return JSON.readTree(response.body());
  }
}
