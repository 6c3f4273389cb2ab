package dev.parley.policy.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestReaderTest {

  private final RequestReader reader = new RequestReader(new ApiSettings("tiny", 16, 10, false));

  private ApiRequest read(Endpoint endpoint, String json) {
    return reader.read(endpoint, json.getBytes(StandardCharsets.UTF_8));
  }

  private ApiRequest completion(String fields) {
    return read(Endpoint.COMPLETIONS, "{\"model\": \"tiny\", " + fields + "}");
  }

  private ApiRequest chat(String fields) {
    return read(
        Endpoint.CHAT,
        "{\"model\": \"tiny\", \"messages\": [{\"role\": \"user\", \"content\": \"Tea?\"}]"
            + (fields.isEmpty() ? "" : ", " + fields)
            + "}");
  }

  private static SamplingParameters sampling(ApiRequest request) {
    return request.prompts().get(0).getSampling();
  }

  @Test
  void everyFieldOfSamplingArrives() {
    ApiRequest request =
        chat(
            """
            "temperature": 0.5, "top_p": 0.9, "top_k": 7, "max_tokens": 30, "min_tokens": 2,
            "seed": -4, "stop": ["a", "b"], "stop_token_ids": [3], "ignore_eos": true, "n": 2
            """);
    assertThat(sampling(request))
        .isEqualTo(
            SamplingParameters.newBuilder()
                .setTemperature(0.5)
                .setTopP(0.9)
                .setTopK(7)
                .setMaxNewTokens(30)
                .setMinNewTokens(2)
                .setSeed(-4)
                .addStopStrings("a")
                .addStopStrings("b")
                .addStopTokenIds(3)
                .setIgnoreEndOfSequence(true)
                .build());
    assertThat(request.samples()).isEqualTo(2);
  }

  @Test
  void whatIsNotSaidIsTheEnginesDefaultButForTheLengthOfACompletion() {
    assertThat(sampling(chat(""))).isEqualTo(SamplingParameters.getDefaultInstance());
    assertThat(sampling(completion("\"prompt\": \"x\"")))
        .isEqualTo(SamplingParameters.newBuilder().setMaxNewTokens(16).build());
    assertThat(chat("").logProbs()).isEmpty();
    assertThat(chat("").stream()).isFalse();
    assertThat(chat("").samples()).isEqualTo(1);
  }

  @Test
  void bestOfDrawsMoreThanAreKeptWhereAnswersCanBeScored() {
    RequestReader scoring = new RequestReader(new ApiSettings("tiny", 16, 10, true));
    String fields = "{\"model\": \"tiny\", \"prompt\": \"a\", \"n\": 2, \"best_of\": 5";

    ApiRequest request =
        scoring.read(Endpoint.COMPLETIONS, (fields + "}").getBytes(StandardCharsets.UTF_8));

    assertThat(request.samples()).isEqualTo(5);
    assertThat(request.kept()).isEqualTo(2);
    assertThat(request.chooses()).isTrue();
    for (String other : List.of("stream", "echo")) {
      byte[] json = (fields + ", \"" + other + "\": true}").getBytes(StandardCharsets.UTF_8);
      assertThatThrownBy(() -> scoring.read(Endpoint.COMPLETIONS, json))
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("goes neither with stream nor with echo");
    }
  }

  @Test
  void bothNamesOfTheLimitMeanTheSame() {
    assertThat(sampling(chat("\"max_tokens\": 5")).getMaxNewTokens()).isEqualTo(5);
    assertThat(sampling(chat("\"max_completion_tokens\": 5")).getMaxNewTokens()).isEqualTo(5);
    assertThat(sampling(chat("\"max_completion_tokens\": 5, \"max_tokens\": 5")).getMaxNewTokens())
        .isEqualTo(5);
  }

  @Test
  void oneStopStringNeedsNoArray() {
    assertThat(sampling(chat("\"stop\": \"END\"")).getStopStringsList()).containsExactly("END");
  }

  @Test
  void minusOneOfTopKKeepsAllTokens() {
    assertThat(sampling(chat("\"top_k\": -1")).getTopK()).isZero();
  }

  @Test
  void aPromptIsATextTextsTokensOrArraysOfTokens() {
    assertThat(texts(completion("\"prompt\": \"a\""))).containsExactly("a");
    assertThat(texts(completion("\"prompt\": [\"a\", \"b\"]"))).containsExactly("a", "b");
    assertThat(tokens(completion("\"prompt\": [1, 2]"))).containsExactly(List.of(1, 2));
    assertThat(tokens(completion("\"prompt\": [[1, 2], [3]]")))
        .containsExactly(List.of(1, 2), List.of(3));
  }

  private static List<String> texts(ApiRequest request) {
    return request.prompts().stream().map(GenerateRequest::getText).toList();
  }

  private static List<List<Integer>> tokens(ApiRequest request) {
    return request.prompts().stream().map(p -> p.getTokens().getTokenIdsList()).toList();
  }

  @Test
  void contentIsATextOrPartsThatAreJoinedByLineBreaks() {
    ApiRequest request =
        read(
            Endpoint.CHAT,
            """
            {"model": "tiny", "messages": [
              {"role": "developer", "content": "Be brief."},
              {"role": "user", "name": "Ann", "content": [
                {"type": "text", "text": "Tea"}, {"type": "text", "text": "or coffee?"}]},
              {"role": "assistant", "content": "Tea.", "refusal": null, "tool_calls": []},
              {"role": "user", "content": ""}]}
            """);
    assertThat(request.prompts().get(0).getConversation().getMessagesList())
        .containsExactly(
            message("system", "Be brief."),
            message("user", "Tea\nor coffee?"),
            message("assistant", "Tea."),
            message("user", ""));
  }

  private static Message message(String role, String content) {
    return Message.newBuilder().setRole(role).setContent(content).build();
  }

  @Test
  void logProbsAreAFlagWithANumberForChatAndANumberForCompletions() {
    assertThat(chat("\"logprobs\": true").logProbs()).isEqualTo(OptionalInt.of(0));
    assertThat(chat("\"logprobs\": true, \"top_logprobs\": 20").logProbs())
        .isEqualTo(OptionalInt.of(20));
    assertThat(chat("\"logprobs\": false").logProbs()).isEmpty();
    assertThat(completion("\"prompt\": \"a\", \"logprobs\": 0").logProbs())
        .isEqualTo(OptionalInt.of(0));
    assertThat(completion("\"prompt\": \"a\", \"logprobs\": 3").logProbs())
        .isEqualTo(OptionalInt.of(3));
  }

  @Test
  void noTokensMayBeAskedForIfThePromptIsEchoed() {
    ApiRequest request = completion("\"prompt\": \"a\", \"echo\": true, \"max_tokens\": 0");
    assertThat(request.generates()).isFalse();
    assertThat(completion("\"prompt\": \"a\"").generates()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"user\": \"ann\"",
        "\"metadata\": {\"k\": \"v\"}",
        "\"service_tier\": \"auto\"",
        "\"tool_choice\": \"none\"",
        "\"tools\": []",
        "\"presence_penalty\": 0",
        "\"presence_penalty\": 0.0",
        "\"repetition_penalty\": 1",
        "\"logit_bias\": {}",
        "\"response_format\": {\"type\": \"text\"}",
        "\"something_new\": null"
      })
  void whatChangesNoAnswerIsAccepted(String field) {
    assertThat(chat(field)).isEqualTo(chat(""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"temprature\": 1|temprature|unknown_parameter|there is no field \"temprature\"; did you"
            + " mean \"temperature\"?",
        "\"presence_penalty\": 0.5|presence_penalty|unsupported_value|presence_penalty is 0.5,"
            + " which this server cannot do; leave it out or send 0",
        "\"tools\": [1]|tools|unsupported_value|tools is [1], which this server cannot do; leave it"
            + " out or send []",
        "\"reasoning_effort\": \"low\"|reasoning_effort|unsupported_value|reasoning_effort is"
            + " \"low\", which this server cannot do; leave it out",
        "\"temperature\": \"hot\"|temperature|invalid_type|temperature is \"hot\", expected a"
            + " number",
        "\"max_tokens\": 2.5|max_tokens|invalid_type|max_tokens is 2.5, expected a whole number",
        "\"max_tokens\": 0|max_tokens|invalid_value|max_tokens is 0, expected 1 or more",
        "\"max_tokens\": 1, \"max_completion_tokens\": 2|max_tokens|invalid_value|max_tokens is 1"
            + " and max_completion_tokens is 2, expected one of them",
        "\"n\": 0|n|invalid_value|n is 0, expected 1 or more",
        "\"n\": 11|n|invalid_value|1 prompts with n 11 want 11 answers, expected at most 10"
            + " (parley.policy.engine.queue-capacity); send fewer at a time",
        "\"stop\": 3|stop|invalid_type|stop is 3, expected a string or an array of strings",
        "\"stop\": [\"a\", 3]|stop[1]|invalid_type|stop[1] is 3, expected a string",
        "\"stop_token_ids\": [-1]|stop_token_ids[0]|invalid_type|stop_token_ids[0] is -1, expected"
            + " a token id",
        "\"stream\": \"yes\"|stream|invalid_type|stream is \"yes\", expected true or false",
        "\"stream_options\": {}|stream_options|invalid_value|stream_options is set, expected stream"
            + " to be true",
        "\"stream\": true, \"stream_options\": {\"usage\": true}|stream_options.usage"
            + "|unknown_parameter|there is no field \"stream_options.usage\"; did you mean"
            + " \"stream_options.include_usage\"?",
        "\"top_logprobs\": 2|top_logprobs|invalid_value|top_logprobs is set, expected logprobs to"
            + " be true too",
        "\"logprobs\": true, \"top_logprobs\": 21|top_logprobs|invalid_value|top_logprobs is 21,"
            + " expected 0 to 20",
        "\"logprobs\": true, \"top_logprobs\": 2, \"stream\": true|top_logprobs|unsupported_value"
            + "|top_logprobs is 2, which cannot be streamed; send 0, or leave stream out",
        "\"echo\": true|echo|unsupported_value|echo is true, which this server cannot do; leave it"
            + " out or send false"
      })
  void aFieldOfChatThatCannotBeUsedIsNamed(
      String fields, String param, String code, String message) {
    assertRefused(() -> chat(fields), param, code, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"prompt\": []|prompt|invalid_type|prompt is [], expected a string, an array of strings,"
            + " an array of token ids, or an array of such arrays",
        "\"prompt\": [1, \"a\"]|prompt|invalid_type|prompt is [1,\"a\"], expected a string, an"
            + " array of strings, an array of token ids, or an array of such arrays",
        "\"prompt\": [1, -2]|prompt[1]|invalid_type|prompt[1] is -2, expected a token id",
        "\"prompt\": [[1], [\"a\"]]|prompt[1][0]|invalid_type|prompt[1][0] is \"a\", expected a"
            + " token id",
        "\"promt\": \"a\"|promt|unknown_parameter|there is no field \"promt\"; did you mean"
            + " \"prompt\"?",
        "\"n\": 1|prompt|missing_required_parameter|prompt is missing, expected what is to be"
            + " completed",
        "\"prompt\": \"a\", \"best_of\": 3|best_of|unsupported_value|best_of is 3 and n is 1: a"
            + " reward service says which answers are best, and this server has none"
            + " (parley.policy.reward.target); ask for n answers and choose among them",
        "\"prompt\": \"a\", \"best_of\": 1, \"n\": 2|best_of|invalid_value|best_of is 1, expected"
            + " at least n, which is 2",
        "\"prompt\": \"a\", \"suffix\": \"b\"|suffix|unsupported_value|suffix is \"b\", which this"
            + " server cannot do; leave it out or send \"\"",
        "\"prompt\": \"a\", \"logprobs\": 21|logprobs|invalid_value|logprobs is 21, expected 0 to"
            + " 20",
        "\"prompt\": \"a\", \"logprobs\": true|logprobs|invalid_type|logprobs is true, expected a"
            + " whole number",
        "\"prompt\": \"a\", \"echo\": true, \"logprobs\": 0, \"stream\":"
            + " true|echo|unsupported_value|echo with logprobs, or with max_tokens 0, cannot be"
            + " streamed; leave stream out"
      })
  void aFieldOfCompletionsThatCannotBeUsedIsNamed(
      String fields, String param, String code, String message) {
    assertRefused(() -> completion(fields), param, code, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[3]|messages[0]|invalid_type|messages[0] is 3, expected an object",
        "[{\"role\": \"user\"}]|messages[0].content|missing_required_parameter|messages[0].content"
            + " is missing, expected what is said",
        "[{\"content\": \"a\"}]|messages[0].role|missing_required_parameter|messages[0].role is"
            + " missing, expected who speaks",
        "[{\"role\": \"user\", \"content\": \"a\", \"tool_call_id\": \"x\"}]"
            + "|messages[0].tool_call_id|unknown_parameter|there is no field"
            + " \"messages[0].tool_call_id\"; did you mean \"messages[0].tool_calls\"?",
        "[{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]"
            + "|messages[0].content[0].type|unsupported_value|messages[0].content[0].type is"
            + " \"image_url\", expected \"text\": this model reads text only"
      })
  void aMessageThatCannotBeUsedIsNamed(String messages, String param, String code, String message) {
    String body = "{\"model\": \"tiny\", \"messages\": " + messages + "}";
    assertRefused(() -> read(Endpoint.CHAT, body), param, code, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model\": |invalid_json|the body is no JSON: ",
        "{\"model\": \"tiny\", \"model\": \"x\"}|invalid_json|the body is no JSON: Duplicate field",
        "{\"model\": \"tiny\", \"prompt\": \"a\"} x|invalid_json|the body is no JSON: ",
        "[1]|invalid_type|the body is [1], expected an object",
        "``|invalid_type|the body is empty, expected an object",
        "{\"prompt\": \"a\"}|missing_required_parameter|model is missing, expected the model's"
            + " name",
        "{\"model\": \"other\", \"prompt\": \"a\"}|model_not_found|the model \"other\" does not"
            + " exist; this server has \"tiny\""
      })
  void aBodyThatCannotBeUsedIsExplained(String body, String code, String message) {
    assertThatThrownBy(() -> read(Endpoint.COMPLETIONS, body))
        .hasMessageStartingWith(message)
        .asInstanceOf(type(ApiException.class))
        .extracting(refused -> refused.toJson().at("/error/code").textValue())
        .isEqualTo(code);
  }

  private static void assertRefused(Runnable reading, String param, String code, String message) {
    assertThatThrownBy(reading::run)
        .hasMessage(message)
        .asInstanceOf(type(ApiException.class))
        .satisfies(
            refused -> {
              assertThat(refused.status()).isEqualTo(400);
              assertThat(refused.toJson().at("/error/param").textValue()).isEqualTo(param);
              assertThat(refused.toJson().at("/error/code").textValue()).isEqualTo(code);
              assertThat(refused.toJson().at("/error/type").textValue())
                  .isEqualTo("invalid_request_error");
              assertThat(refused.toJson().at("/error/message").textValue()).isEqualTo(message);
            });
  }
}
