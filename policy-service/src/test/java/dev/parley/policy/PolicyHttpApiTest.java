package dev.parley.policy;

import static dev.parley.policy.ApiClient.CHAT;
import static dev.parley.policy.ApiClient.COMPLETIONS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.policy.ApiClient.Answer;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.GeneratedSample;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.proto.sampling.v1.SamplingParameters;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The OpenAI-compatible API over real HTTP, beside gRPC on the same port. */
@QuarkusTest
@QuarkusTestResource(TinyModelDirectory.class)
class PolicyHttpApiTest {

  private static final String MODEL = "\"model\": \"policy\"";

  private static final String TEA =
      "\"messages\": [{\"role\": \"system\", \"content\": \"Be brief.\"},"
          + " {\"role\": \"user\", \"content\": \"Tea?\"}]";

  @TestHTTPResource URI address;
  @Inject PolicyServer server;

  private ApiClient api;
  private ManagedChannel channel;
  private GenerationEngine engine;

  @BeforeEach
  void open() {
    Patience.await(server::ready);
    api = new ApiClient(address);
    engine = server.model().orElseThrow().engine();
    channel =
        ManagedChannelBuilder.forAddress(address.getHost(), address.getPort())
            .usePlaintext()
            .build();
  }

  @AfterEach
  void close() throws InterruptedException {
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    Patience.await(() -> engine.activeRows() == 0);
  }

  private static String chat(String fields) {
    return "{" + MODEL + ", " + TEA + ", " + fields + "}";
  }

  private static String completion(String fields) {
    return "{" + MODEL + ", " + fields + "}";
  }

  private GenerateResponse overGrpc(GenerateRequest.Builder request, int tokens, long seed) {
    SamplingParameters sampling =
        SamplingParameters.newBuilder().setMaxNewTokens(tokens).setSeed(seed).build();
    return PolicyServiceGrpc.newBlockingStub(channel)
        .generate(request.setSampling(sampling).setLogProbs(true).build());
  }

  private static GenerateRequest.Builder tea() {
    return GenerateRequest.newBuilder()
        .setConversation(
            Conversation.newBuilder()
                .addMessages(Message.newBuilder().setRole("system").setContent("Be brief."))
                .addMessages(Message.newBuilder().setRole("user").setContent("Tea?")));
  }

  private static String reason(GeneratedSample sample) {
    return sample.getFinishReason() == FinishReason.FINISH_REASON_LENGTH ? "length" : "stop";
  }

  private static List<Float> floats(JsonNode array) {
    List<Float> values = new ArrayList<>();
    array.forEach(value -> values.add(value.floatValue()));
    return values;
  }

  private static List<String> fieldOf(Iterable<JsonNode> nodes, String pointer) {
    List<String> values = new ArrayList<>();
    nodes.forEach(node -> values.add(node.at(pointer).asText()));
    return values;
  }

  // ---- models ----------------------------------------------------------------------------------

  @Test
  void theModelIsListedWithItsVersion() {
    JsonNode list = api.get("/v1/models").json();
    assertThat(list.get("object").textValue()).isEqualTo("list");
    assertThat(list.get("data")).hasSize(1);
    JsonNode model = list.at("/data/0");
    assertThat(model.get("id").textValue()).isEqualTo("policy");
    assertThat(model.get("object").textValue()).isEqualTo("model");
    assertThat(model.get("created").longValue()).isPositive();
    assertThat(model.get("version").longValue()).isZero();
    assertThat(model.get("checksum").textValue()).isEqualTo(engine.served().checksum());
    assertThat(model.get("max_model_len").intValue()).isEqualTo(256);
    assertThat(api.get("/v1/models/policy").json()).isEqualTo(model);
  }

  // ---- answers ---------------------------------------------------------------------------------

  @Test
  void aChatAnswerIsThatOfGrpcWithTheSameSeed() {
    JsonNode answer = api.ask(CHAT, chat("\"n\": 3, \"seed\": 11, \"max_tokens\": 30"));
    GenerateResponse expected = overGrpc(tea().setN(3), 30, 11);
    assertThat(answer.get("choices")).hasSize(3);
    for (GeneratedSample sample : expected.getSamplesList()) {
      JsonNode choice = answer.get("choices").get(sample.getIndex());
      assertThat(choice.get("index").intValue()).isEqualTo(sample.getIndex());
      assertThat(choice.at("/message/role").textValue()).isEqualTo("assistant");
      assertThat(choice.at("/message/content").textValue()).isEqualTo(sample.getText());
      assertThat(choice.get("finish_reason").textValue()).isEqualTo(reason(sample));
      assertThat(choice.get("logprobs").isNull()).isTrue();
    }
    assertThat(answer.get("id").textValue()).startsWith("chatcmpl-");
    assertThat(answer.get("object").textValue()).isEqualTo("chat.completion");
    assertThat(answer.get("model").textValue()).isEqualTo("policy");
    assertThat(answer.get("created").longValue()).isPositive();
    assertThat(answer.get("system_fingerprint").textValue())
        .isEqualTo("v0-" + engine.served().checksum().substring(0, 16));
    int tokens =
        expected.getSamplesList().stream().mapToInt(GeneratedSample::getTokenIdsCount).sum();
    assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(expected.getPromptTokens());
    assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(tokens);
    assertThat(answer.at("/usage/total_tokens").intValue())
        .isEqualTo(expected.getPromptTokens() + tokens);
  }

  @Test
  void completionsOfSeveralPromptsAreThoseOfGrpcInTheirOrder() {
    JsonNode answer =
        api.ask(
            COMPLETIONS,
            completion("\"prompt\": [\"Tea\", \"or\"], \"n\": 2, \"seed\": 5, \"max_tokens\": 12"));
    GenerateResponse tea = overGrpc(GenerateRequest.newBuilder().setText("Tea").setN(2), 12, 5);
    GenerateResponse or = overGrpc(GenerateRequest.newBuilder().setText("or").setN(2), 12, 5);
    assertThat(fieldOf(answer.get("choices"), "/text"))
        .containsExactly(
            tea.getSamples(0).getText(),
            tea.getSamples(1).getText(),
            or.getSamples(0).getText(),
            or.getSamples(1).getText());
    assertThat(fieldOf(answer.get("choices"), "/index")).containsExactly("0", "1", "2", "3");
    assertThat(answer.get("id").textValue()).startsWith("cmpl-");
    assertThat(answer.get("object").textValue()).isEqualTo("text_completion");
    assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(3 + 2);
  }

  @Test
  void aPromptOfTokensIsUsedAsItIs() {
    JsonNode answer = api.ask(COMPLETIONS, completion("\"prompt\": [84, 101, 97], \"seed\": 5"));
    JsonNode asText = api.ask(COMPLETIONS, completion("\"prompt\": \"Tea\", \"seed\": 5"));
    assertThat(answer.get("choices")).isEqualTo(asText.get("choices"));
    assertThat(answer.at("/usage/completion_tokens").intValue()).isLessThanOrEqualTo(16);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"stop\": \"%s\"", "\"stop\": [\"%s\", \"nowhere to be found\"]"})
  void aStopStringEndsAnAnswerAndIsCutFromItsText(String field) {
    // Plain letters only, so that the string needs no escapes.
    for (long seed = 0; seed < 50; seed++) {
      String settings = "\"ignore_eos\": true, \"max_tokens\": 100, \"seed\": " + seed;
      String free = api.ask(CHAT, chat(settings)).at("/choices/0/message/content").textValue();
      int at = firstLetter(free);
      if (at > 0) {
        String stop = free.substring(at, at + 1);
        JsonNode stopped = api.ask(CHAT, chat(settings + ", " + field.formatted(stop)));
        assertThat(stopped.at("/choices/0/message/content").textValue())
            .isEqualTo(free.substring(0, free.indexOf(stop)));
        assertThat(stopped.at("/choices/0/finish_reason").textValue()).isEqualTo("stop");
        return;
      }
    }
    throw new AssertionError("none of 50 answers has a letter behind its first character");
  }

  private static int firstLetter(String text) {
    return IntStream.range(0, text.length())
        .filter(i -> text.substring(i, i + 1).matches("[A-Za-z]"))
        .findFirst()
        .orElse(-1);
  }

  // ---- streams ---------------------------------------------------------------------------------

  @Test
  void aStreamedChatPutTogetherIsTheWholeAnswer() {
    String fields = "\"n\": 2, \"seed\": 3, \"max_tokens\": 40, \"logprobs\": true";
    JsonNode whole = api.ask(CHAT, chat(fields));
    List<JsonNode> events =
        api.post(
                CHAT,
                chat(fields + ", \"stream\": true, \"stream_options\": {\"include_usage\": true}"))
            .events();
    JsonNode last = events.remove(events.size() - 1);
    assertThat(last.get("usage")).isEqualTo(whole.get("usage"));
    assertThat(last.get("choices")).isEmpty();
    assertThat(fieldOf(events, "/object")).containsOnly("chat.completion.chunk");
    assertThat(fieldOf(events, "/id")).containsOnly(last.get("id").textValue());
    assertThat(fieldOf(events, "/usage")).containsOnly("null");
    for (JsonNode choice : whole.get("choices")) {
      List<JsonNode> own = own(events, choice.get("index").intValue());
      assertThat(own.get(0).at("/delta/role").textValue()).isEqualTo("assistant");
      assertThat(String.join("", fieldOf(own, "/delta/content")))
          .isEqualTo(choice.at("/message/content").textValue());
      List<JsonNode> logProbs = new ArrayList<>();
      own.forEach(piece -> piece.at("/logprobs/content").forEach(logProbs::add));
      assertThat(logProbs).containsExactlyElementsOf(choice.at("/logprobs/content"));
      assertEndsAs(own, choice);
    }
  }

  @Test
  void aStreamedCompletionPutTogetherIsTheWholeAnswer() {
    String fields =
        "\"prompt\": [\"Tea\", \"or\"], \"seed\": 3, \"max_tokens\": 20, \"echo\": true";
    JsonNode whole = api.ask(COMPLETIONS, completion(fields));
    List<JsonNode> events =
        api.post(COMPLETIONS, completion(fields + ", \"stream\": true")).events();
    assertThat(fieldOf(events, "/object")).containsOnly("text_completion");
    assertThat(events).noneMatch(event -> event.has("usage"));
    for (JsonNode choice : whole.get("choices")) {
      List<JsonNode> own = own(events, choice.get("index").intValue());
      assertThat(String.join("", fieldOf(own, "/text"))).isEqualTo(choice.get("text").textValue());
      assertEndsAs(own, choice);
    }
  }

  private static List<JsonNode> own(List<JsonNode> events, int index) {
    return events.stream()
        .map(event -> event.at("/choices/0"))
        .filter(choice -> choice.get("index").intValue() == index)
        .toList();
  }

  private static void assertEndsAs(List<JsonNode> own, JsonNode choice) {
    List<String> reasons = fieldOf(own, "/finish_reason");
    assertThat(reasons.subList(0, reasons.size() - 1)).containsOnly("null");
    assertThat(reasons.get(reasons.size() - 1)).isEqualTo(choice.get("finish_reason").textValue());
  }

  // ---- log-probabilities -----------------------------------------------------------------------

  @Test
  void logProbsAreTheModelsOfGrpc() {
    GeneratedSample expected = overGrpc(tea(), 25, 6).getSamples(0);
    JsonNode content =
        api.ask(CHAT, chat("\"seed\": 6, \"max_tokens\": 25, \"logprobs\": true"))
            .at("/choices/0/logprobs/content");
    List<Float> found = new ArrayList<>();
    content.forEach(place -> found.add(place.get("logprob").floatValue()));
    assertThat(found).isEqualTo(expected.getModelLogProbsList());
    assertThat(fieldOf(content, "/top_logprobs")).containsOnly("");
    JsonNode completion =
        api.ask(
            COMPLETIONS,
            completion("\"prompt\": [1, 2], \"seed\": 6, \"max_tokens\": 9, \"logprobs\": 0"));
    GenerateRequest.Builder asked =
        GenerateRequest.newBuilder().setTokens(Tokens.newBuilder().addTokenIds(1).addTokenIds(2));
    assertThat(floats(completion.at("/choices/0/logprobs/token_logprobs")))
        .isEqualTo(overGrpc(asked, 9, 6).getSamples(0).getModelLogProbsList());
  }

  @Test
  void ofGreedyDecodingEachTokenIsTheMostLikelyOne() {
    JsonNode content =
        api.ask(
                CHAT,
                chat(
                    "\"temperature\": 0, \"max_tokens\": 20, \"logprobs\": true,"
                        + " \"top_logprobs\": 3"))
            .at("/choices/0/logprobs/content");
    assertThat(content).isNotEmpty();
    for (JsonNode place : content) {
      assertThat(place.get("top_logprobs")).hasSize(3);
      assertThat(place.at("/top_logprobs/0/token")).isEqualTo(place.get("token"));
      assertThat(place.at("/top_logprobs/0/logprob")).isEqualTo(place.get("logprob"));
      assertThat(place.at("/top_logprobs/1/logprob").floatValue())
          .isLessThanOrEqualTo(place.get("logprob").floatValue());
    }
  }

  @Test
  void anEvaluationHarnessScoresAPromptByItsEcho() {
    int[] tokens = {84, 101, 97, 32, 111, 114, 32, 110, 111, 116};
    JsonNode choice =
        api.ask(
                COMPLETIONS,
                completion(
                    "\"prompt\": [[84,101,97,32,111,114,32,110,111,116]], \"temperature\": 0,"
                        + " \"max_tokens\": 1, \"logprobs\": 1, \"seed\": 1234, \"echo\": true"))
            .at("/choices/0");
    assertThat(choice.get("text").textValue()).startsWith("Tea or not");
    JsonNode logProbs = choice.get("logprobs");
    assertThat(logProbs.get("tokens")).hasSize(11);
    assertThat(String.join("", fieldOf(logProbs.get("tokens"), "")).substring(0, 10))
        .isEqualTo("Tea or not");
    assertThat(logProbs.get("token_logprobs").get(0).isNull()).isTrue();
    assertThat(logProbs.get("top_logprobs").get(0).isNull()).isTrue();
    assertThat(fieldOf(logProbs.get("text_offset"), ""))
        .containsExactly("0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
    try (LanguageModel model = TinyModel.create(TinyModelDirectory.SEED)) {
      TokenBatch batch = TokenBatch.of(List.of(tokens));
      float[] expected = model.logProbs(batch, 1).get(0);
      float[][] logits = model.logits(batch);
      for (int t = 1; t < tokens.length; t++) {
        float found = logProbs.get("token_logprobs").get(t).floatValue();
        assertThat(found).isCloseTo(expected[t - 1], within(1e-5f));
        float most = Float.NEGATIVE_INFINITY;
        for (JsonNode alternative : logProbs.get("top_logprobs").get(t)) {
          most = Math.max(most, alternative.floatValue());
        }
        float[] row = logits[t - 1];
        int best =
            IntStream.range(0, row.length).reduce((a, b) -> row[b] > row[a] ? b : a).getAsInt();
        // How harnesses find out whether an answer is what greedy decoding would give.
        assertThat(found == most).isEqualTo(best == tokens[t]);
      }
    }
  }

  @Test
  void aPromptIsScoredWithoutAnAnswerToo() {
    String prompt = "\"prompt\": [\"Tea\", \"coffee\"], \"logprobs\": 1, \"echo\": true";
    JsonNode alone = api.ask(COMPLETIONS, completion(prompt + ", \"max_tokens\": 0"));
    JsonNode answered = api.ask(COMPLETIONS, completion(prompt + ", \"max_tokens\": 1"));
    assertThat(fieldOf(alone.get("choices"), "/text")).containsExactly("Tea", "coffee");
    assertThat(fieldOf(alone.get("choices"), "/finish_reason")).containsOnly("length");
    assertThat(alone.at("/usage/completion_tokens").intValue()).isZero();
    for (int i = 0; i < 2; i++) {
      List<Float> own = floats(alone.get("choices").get(i).at("/logprobs/token_logprobs"));
      List<Float> begin = floats(answered.get("choices").get(i).at("/logprobs/token_logprobs"));
      for (int t = 1; t < own.size(); t++) {
        assertThat(own.get(t)).isCloseTo(begin.get(t), within(1e-5f));
      }
    }
  }

  // ---- refusals --------------------------------------------------------------------------------

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "max_tokens|\"max_tokens\": 1000|max_tokens is 1000, expected at most 200"
            + " (parley.policy.generation.max-new-tokens)",
        "min_tokens|\"max_tokens\": 2, \"min_tokens\": 3|min_tokens is 3, expected from 0 to"
            + " max_tokens, which is 2",
        "top_p|\"top_p\": 1.5|top_p is 1.5, expected more than 0 and at most 1",
        "temperature|\"temperature\": -1|temperature is -1.0, expected 0 or more",
        "stop|\"stop\": \"\"|stop is \"\", expected texts that are not empty",
        "stop_token_ids|\"stop_token_ids\": [259]|stop_token_ids is 259, expected ids below 259,"
            + " the size of the vocabulary"
      })
  void whatTheEngineCannotDoIsNamedAsTheClientKnowsIt(String param, String field, String message) {
    assertRefused(api.post(CHAT, chat(field)), 400, param, "invalid_value", message);
  }

  @Test
  void moreAnswersThanAPromptMayHaveAreRefused() {
    assertRefused(
        api.post(CHAT, chat("\"n\": 9")),
        400,
        "n",
        "invalid_value",
        "1 prompts with n 9 want 9 answers, expected at most 8"
            + " (parley.policy.engine.queue-capacity); send fewer at a time");
  }

  @Test
  void anotherModelIsNotFound() {
    Answer answer = api.post(CHAT, "{\"model\": \"gpt-5\", " + TEA + "}");
    assertRefused(
        answer,
        404,
        "model",
        "model_not_found",
        "the model \"gpt-5\" does not exist; this server has \"policy\"");
    assertThat(api.get("/v1/models/org/other").status()).isEqualTo(404);
  }

  @Test
  void aPromptThatLeavesNoRoomIsRefused() {
    assertRefused(
        api.post(COMPLETIONS, completion("\"prompt\": \"" + "a".repeat(256) + "\"")),
        400,
        "prompt",
        "context_length_exceeded",
        "prompt has 256 tokens, expected at most 255, so that an answer has room");
  }

  @Test
  void aConversationThatTheTemplateRefusesIsRefused() {
    assertRefused(
        api.post(CHAT, "{" + MODEL + ", \"messages\": []}"),
        400,
        "messages",
        "invalid_value",
        "messages: conversation cannot be read: a conversation needs at least one message");
  }

  @Test
  void anotherPathOrMethodIsExplained() {
    assertRefused(
        api.post("/v1/embeddings", "{}"),
        404,
        null,
        "unknown_url",
        "there is no POST /v1/embeddings; there are GET /v1/models, POST /v1/chat/completions and"
            + " POST /v1/completions");
    assertRefused(
        api.get(CHAT),
        405,
        null,
        "method_not_allowed",
        "/v1/chat/completions is asked with GET, expected POST");
  }

  @Test
  void aBodyThatIsTooLargeIsRefused() {
    assertRefused(
        api.post(COMPLETIONS, completion("\"prompt\": \"" + "a".repeat(17 << 20) + "\"")),
        413,
        null,
        "request_too_large",
        "the body is larger than 16777216 bytes; send fewer prompts at a time");
  }

  private static void assertRefused(
      Answer answer, int status, String param, String code, String message) {
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.headers().firstValue("content-type")).hasValue("application/json");
    JsonNode error = answer.json().get("error");
    assertThat(error.get("message").textValue()).isEqualTo(message);
    assertThat(error.get("param").textValue()).isEqualTo(param);
    assertThat(error.get("code").textValue()).isEqualTo(code);
    assertThat(error.get("type").textValue()).isEqualTo("invalid_request_error");
  }

  // ---- the engine, held ------------------------------------------------------------------------

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFullQueueIsSaidWithATimeToComeBack(boolean stream) {
    HeldEngine held = new HeldEngine(server.model().orElseThrow());
    try {
      CompletableFuture<Answer> waiting =
          api.begin(CHAT, chat("\"n\": 8, \"max_tokens\": 2, \"seed\": 1"));
      Patience.await(() -> engine.waitingRows() == 8);
      Answer refused = api.post(CHAT, chat("\"max_tokens\": 2, \"stream\": " + stream));
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.headers().firstValue("retry-after").orElseThrow()).matches("[1-9][0-9]*");
      assertThat(refused.headers().firstValue("retry-after-ms").orElseThrow())
          .matches("[1-9][0-9]*");
      JsonNode error = refused.json().get("error");
      assertThat(error.get("code").textValue()).isEqualTo("rate_limit_exceeded");
      assertThat(error.get("message").textValue())
          .startsWith("8 answers wait, parley.policy.engine.queue-capacity is 8");
      held.letGo();
      assertThat(waiting.join().json().get("choices")).hasSize(8);
    } finally {
      held.letGo();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aClientThatGoesAwayFreesItsRowsAtTheNextStep(boolean stream) throws IOException {
    double before = clientsThatLeft();
    HeldEngine held = new HeldEngine(server.model().orElseThrow());
    try {
      String fields = "\"n\": 3, \"max_tokens\": 200, \"ignore_eos\": true, \"stream\": " + stream;
      try (Socket client = new Socket(address.getHost(), address.getPort())) {
        send(client, chat(fields));
        Patience.await(() -> engine.waitingRows() == 3);
        held.step();
        held.step();
        assertThat(engine.activeRows()).isEqualTo(1 + 3);
        if (stream) {
          assertThat(client.getInputStream().read()).isEqualTo('H');
        }
      }
      Patience.await(() -> clientsThatLeft() == before + 1);
      held.step();
      held.step();
      assertThat(engine.activeRows()).isEqualTo(1);
    } finally {
      held.letGo();
    }
  }

  @Test
  void aClientThatGoesAwayWhileItWaitsLeavesTheLine() throws IOException {
    double before = clientsThatLeft();
    HeldEngine held = new HeldEngine(server.model().orElseThrow());
    try {
      try (Socket client = new Socket(address.getHost(), address.getPort())) {
        send(client, completion("\"prompt\": [\"a\", \"b\"], \"n\": 4, \"max_tokens\": 100"));
        Patience.await(() -> engine.waitingRows() == 8);
      }
      Patience.await(() -> clientsThatLeft() == before + 1);
      held.step();
      held.step();
      assertThat(engine.waitingRows()).isZero();
      assertThat(engine.activeRows()).isEqualTo(1);
    } finally {
      held.letGo();
    }
  }

  private static void send(Socket client, String body) throws IOException {
    String path = body.contains("\"messages\"") ? CHAT : COMPLETIONS;
    String request =
        "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%s"
            .formatted(path, body.length(), body);
    client.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
  }

  private double clientsThatLeft() {
    return counted("code=\"499\"");
  }

  private double counted(String tag) {
    return api.get("/q/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith("parley_policy_http_requests_seconds_count"))
        .filter(line -> line.contains(tag))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  @Test
  void requestsAreCountedByRouteAndStatus() {
    double before = counted("code=\"404\",route=\"chat_completions\"");
    api.post(CHAT, "{\"model\": \"other\", " + TEA + "}");
    Patience.await(() -> counted("code=\"404\",route=\"chat_completions\"") == before + 1);
  }
}
