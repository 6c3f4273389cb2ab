package dev.parley.policy.openai;

import com.fasterxml.jackson.databind.JsonNode;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.sampling.v1.SamplingParameters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Understands OpenAI's requests, with vLLM's extensions {@code top_k}, {@code min_tokens}, {@code
 * stop_token_ids} and {@code ignore_eos}. What would change an answer and cannot be done is
 * refused; nothing is dropped in silence.
 */
public final class RequestReader {

  /** Most alternatives that are named for a token, as in OpenAI's API. */
  private static final int MOST_TOP_LOG_PROBS = 20;

  private static final Set<String> READ =
      Set.of(
          "model",
          "max_tokens",
          "max_completion_tokens",
          "min_tokens",
          "n",
          "best_of",
          "temperature",
          "top_p",
          "top_k",
          "seed",
          "stop",
          "stop_token_ids",
          "ignore_eos",
          "stream",
          "stream_options",
          "logprobs");

  private static final Set<String> READ_OF_CHAT = with(READ, "messages", "top_logprobs");

  private static final Set<String> READ_OF_COMPLETIONS = with(READ, "prompt", "echo");

  /** Who asks, how it is billed and kept: nothing that changes an answer. */
  private static final Set<String> IGNORED =
      Set.of(
          "user",
          "metadata",
          "service_tier",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "parallel_tool_calls",
          "tool_choice",
          "function_call");

  /** Fields that cannot have another value than the one that changes nothing. */
  private static final Map<String, String> FIXED =
      Map.ofEntries(
          Map.entry("presence_penalty", "0"),
          Map.entry("frequency_penalty", "0"),
          Map.entry("repetition_penalty", "1"),
          Map.entry("length_penalty", "1"),
          Map.entry("min_p", "0"),
          Map.entry("logit_bias", "{}"),
          Map.entry("store", "false"),
          Map.entry("use_beam_search", "false"),
          Map.entry("skip_special_tokens", "true"),
          Map.entry("include_stop_str_in_output", "false"),
          Map.entry("prompt_logprobs", "null"),
          Map.entry("response_format", "{\"type\": \"text\"}"));

  private static final Map<String, String> FIXED_OF_CHAT =
      with(
          FIXED,
          Map.of(
              "tools", "[]",
              "functions", "[]",
              "modalities", "[\"text\"]",
              "audio", "null",
              "prediction", "null",
              "reasoning_effort", "null",
              "web_search_options", "null",
              "add_generation_prompt", "true",
              "continue_final_message", "false",
              "echo", "false"));

  private static final Map<String, String> FIXED_OF_COMPLETIONS =
      with(FIXED, Map.of("suffix", "\"\"", "add_special_tokens", "false"));

  private static final String TOP_LOG_PROBS = "top_logprobs";
  private static final String LOG_PROBS = "logprobs";
  private static final String BEST_OF = "best_of";

  private final ApiSettings settings;

  /** Takes the model's name and the defaults. */
  public RequestReader(ApiSettings settings) {
    this.settings = settings;
  }

  private static Set<String> with(Set<String> names, String... more) {
    Set<String> all = new HashSet<>(names);
    all.addAll(List.of(more));
    return Set.copyOf(all);
  }

  private static Map<String, String> with(Map<String, String> fixed, Map<String, String> more) {
    Map<String, String> all = new HashMap<>(fixed);
    all.putAll(more);
    return Map.copyOf(all);
  }

  /**
   * Reads a request.
   *
   * @param body JSON
   * @throws ApiException if it cannot be understood or done; the message names the field
   */
  public ApiRequest read(Endpoint endpoint, byte[] body) {
    Fields fields = Fields.parse(body);
    boolean chat = endpoint == Endpoint.CHAT;
    fields.check(
        chat ? READ_OF_CHAT : READ_OF_COMPLETIONS,
        chat ? FIXED_OF_CHAT : FIXED_OF_COMPLETIONS,
        IGNORED);
    checkModel(Fields.text(fields.required("model", "the model's name"), "model"));
    boolean stream = fields.flag("stream");
    boolean echo = !chat && fields.flag("echo");
    OptionalInt logProbs = chat ? chatLogProbs(fields) : completionLogProbs(fields);
    Optional<Integer> maxTokens = maxTokens(fields, echo);
    int samples = fields.count("n", 1, Integer.MAX_VALUE).orElse(1);
    int drawn = bestOf(fields, samples, stream, echo);
    SamplingParameters sampling =
        sampling(fields, maxTokens.orElse(chat ? 0 : settings.completionTokens()));
    List<GenerateRequest> prompts = new ArrayList<>();
    for (GenerateRequest.Builder prompt :
        chat
            ? List.of(conversation(fields))
            : prompts(fields.required("prompt", "what is to be completed"))) {
      prompts.add(prompt.setN(drawn).setSampling(sampling).build());
    }
    checkAnswers(prompts.size(), drawn);
    ApiRequest request =
        new ApiRequest(
            endpoint,
            prompts,
            samples,
            logProbs,
            echo,
            maxTokens.isEmpty() || maxTokens.get() > 0,
            stream,
            includeUsage(fields, stream));
    checkStream(request);
    return request;
  }

  /**
   * Checks a model's name.
   *
   * @throws ApiException if it is not the served model's
   */
  public void checkModel(String name) {
    if (!name.equals(settings.modelName())) {
      throw ApiException.unknownModel(name, settings.modelName());
    }
  }

  private static OptionalInt chatLogProbs(Fields fields) {
    Optional<Integer> top = fields.count(TOP_LOG_PROBS, 0, MOST_TOP_LOG_PROBS);
    if (fields.flag(LOG_PROBS)) {
      return OptionalInt.of(top.orElse(0));
    }
    if (top.isPresent() && top.get() > 0) {
      throw ApiException.invalid(
          TOP_LOG_PROBS, "invalid_value", "top_logprobs is set, expected logprobs to be true too");
    }
    return OptionalInt.empty();
  }

  private static OptionalInt completionLogProbs(Fields fields) {
    return fields
        .count(LOG_PROBS, 0, MOST_TOP_LOG_PROBS)
        .map(OptionalInt::of)
        .orElse(OptionalInt.empty());
  }

  /** Both names mean the same; none may be 0 unless it is the prompt that is wanted. */
  private static Optional<Integer> maxTokens(Fields fields, boolean echo) {
    int least = echo ? 0 : 1;
    Optional<Integer> old = fields.count("max_tokens", least, Integer.MAX_VALUE);
    Optional<Integer> max = fields.count("max_completion_tokens", least, Integer.MAX_VALUE);
    if (old.isPresent() && max.isPresent() && !old.equals(max)) {
      throw ApiException.invalid(
          "max_tokens",
          "invalid_value",
          "max_tokens is %d and max_completion_tokens is %d, expected one of them"
              .formatted(old.get(), max.get()));
    }
    return max.or(() -> old);
  }

  /** Returns how many answers are drawn, of which the {@code n} best are returned. */
  private int bestOf(Fields fields, int samples, boolean stream, boolean echo) {
    int drawn = fields.count(BEST_OF, 1, Integer.MAX_VALUE).orElse(samples);
    if (drawn < samples) {
      throw ApiException.invalid(
          BEST_OF,
          "invalid_value",
          "best_of is %d, expected at least n, which is %d".formatted(drawn, samples));
    }
    if (drawn > samples && !settings.scores()) {
      throw ApiException.invalid(
          BEST_OF,
          "unsupported_value",
          "best_of is %d and n is %d: a reward service says which answers are best, and this server has none (parley.policy.reward.target); ask for n answers and choose among them"
              .formatted(drawn, samples));
    }
    if (drawn > samples && (stream || echo)) {
      throw ApiException.invalid(
          BEST_OF,
          "unsupported_value",
          "best_of is %d and n is %d, which goes neither with stream nor with echo: the best answer is known once all are whole"
              .formatted(drawn, samples));
    }
    return drawn;
  }

  private static SamplingParameters sampling(Fields fields, int maxTokens) {
    SamplingParameters.Builder sampling =
        SamplingParameters.newBuilder()
            .setMaxNewTokens(maxTokens)
            .setMinNewTokens(fields.count("min_tokens", 0, Integer.MAX_VALUE).orElse(0))
            // vLLM's −1 keeps all tokens, as 0 does here.
            .setTopK(Math.max(0, fields.count("top_k", -1, Integer.MAX_VALUE).orElse(0)))
            .setIgnoreEndOfSequence(fields.flag("ignore_eos"));
    fields.number("temperature").ifPresent(sampling::setTemperature);
    fields.number("top_p").ifPresent(sampling::setTopP);
    fields.wholeNumber("seed").ifPresent(sampling::setSeed);
    fields
        .value("stop")
        .ifPresent(
            stop -> {
              if (stop.isTextual()) {
                sampling.addStopStrings(stop.textValue());
              } else {
                elements(stop, "stop", "a string or an array of strings")
                    .forEach((path, text) -> sampling.addStopStrings(Fields.text(text, path)));
              }
            });
    fields
        .value("stop_token_ids")
        .ifPresent(
            ids ->
                elements(ids, "stop_token_ids", "an array of token ids")
                    .forEach((path, id) -> sampling.addStopTokenIds(Fields.token(id, path))));
    return sampling.build();
  }

  /** Returns an array's elements in order, by their paths. */
  private static Map<String, JsonNode> elements(JsonNode array, String path, String expected) {
    if (!array.isArray()) {
      throw Fields.wrongType(path, array, expected);
    }
    Map<String, JsonNode> elements = new LinkedHashMap<>();
    for (int i = 0; i < array.size(); i++) {
      elements.put(path + "[" + i + "]", array.get(i));
    }
    return elements;
  }

  private static GenerateRequest.Builder conversation(Fields fields) {
    Conversation.Builder conversation = Conversation.newBuilder();
    elements(fields.required("messages", "an array of messages"), "messages", "an array")
        .forEach((path, message) -> conversation.addMessages(message(Fields.of(message, path))));
    return GenerateRequest.newBuilder().setConversation(conversation);
  }

  private static Message message(Fields fields) {
    fields.check(
        Set.of("role", "content"),
        Map.of("tool_calls", "[]", "function_call", "null", "audio", "null", "refusal", "null"),
        Set.of("name"));
    String role = Fields.text(fields.required("role", "who speaks"), fields.at("role"));
    JsonNode content = fields.required("content", "what is said");
    return Message.newBuilder()
        // OpenAI's newer name of the same role, which templates do not know.
        .setRole(role.equals("developer") ? "system" : role)
        .setContent(
            content.isTextual() ? content.textValue() : parts(content, fields.at("content")))
        .build();
  }

  /** Joins parts by line breaks, as vLLM does. */
  private static String parts(JsonNode content, String path) {
    List<String> texts = new ArrayList<>();
    elements(content, path, "a string or an array of parts")
        .forEach(
            (at, part) -> {
              Fields fields = Fields.of(part, at);
              String type = Fields.text(fields.required("type", "\"text\""), fields.at("type"));
              if (!type.equals("text")) {
                throw ApiException.invalid(
                    fields.at("type"),
                    "unsupported_value",
                    "%s is \"%s\", expected \"text\": this model reads text only"
                        .formatted(fields.at("type"), type));
              }
              fields.check(Set.of("type", "text"), Map.of(), Set.of());
              texts.add(Fields.text(fields.required("text", "a string"), fields.at("text")));
            });
    return String.join("\n", texts);
  }

  private static List<GenerateRequest.Builder> prompts(JsonNode prompt) {
    String path = "prompt";
    if (prompt.isTextual()) {
      return List.of(text(prompt));
    }
    if (isArrayOf(prompt, JsonNode::isNumber)) {
      return List.of(tokens(prompt, path));
    }
    if (isArrayOf(prompt, JsonNode::isTextual)) {
      List<GenerateRequest.Builder> prompts = new ArrayList<>();
      prompt.forEach(text -> prompts.add(text(text)));
      return prompts;
    }
    if (isArrayOf(prompt, JsonNode::isArray)) {
      List<GenerateRequest.Builder> prompts = new ArrayList<>();
      elements(prompt, path, "").forEach((at, tokens) -> prompts.add(tokens(tokens, at)));
      return prompts;
    }
    throw Fields.wrongType(
        path,
        prompt,
        "a string, an array of strings, an array of token ids, or an array of such arrays");
  }

  private static boolean isArrayOf(JsonNode value, Predicate<JsonNode> kind) {
    if (!value.isArray() || value.isEmpty()) {
      return false;
    }
    for (JsonNode element : value) {
      if (!kind.test(element)) {
        return false;
      }
    }
    return true;
  }

  private static GenerateRequest.Builder text(JsonNode text) {
    return GenerateRequest.newBuilder().setText(text.textValue());
  }

  private static GenerateRequest.Builder tokens(JsonNode ids, String path) {
    Tokens.Builder tokens = Tokens.newBuilder();
    elements(ids, path, "an array of token ids")
        .forEach((at, id) -> tokens.addTokenIds(Fields.token(id, at)));
    return GenerateRequest.newBuilder().setTokens(tokens);
  }

  private void checkAnswers(int prompts, int samples) {
    if ((long) prompts * samples > settings.maxAnswers()) {
      throw ApiException.invalid(
          prompts == 1 ? "n" : "prompt",
          "invalid_value",
          "%d prompts with n %d want %d answers, expected at most %d"
                  .formatted(prompts, samples, (long) prompts * samples, settings.maxAnswers())
              + " (parley.policy.engine.queue-capacity); send fewer at a time");
    }
  }

  private static boolean includeUsage(Fields fields, boolean stream) {
    Optional<JsonNode> value = fields.value("stream_options");
    if (value.isEmpty()) {
      return false;
    }
    if (!stream) {
      throw ApiException.invalid(
          "stream_options", "invalid_value", "stream_options is set, expected stream to be true");
    }
    Fields options = Fields.of(value.get(), "stream_options");
    options.check(Set.of("include_usage"), Map.of(), Set.of("include_obfuscation"));
    return options.flag("include_usage");
  }

  /** Scores come from a pass over the whole answer, when there is nothing left to stream. */
  private static void checkStream(ApiRequest request) {
    if (request.stream() && (request.needsScores() || !request.generates())) {
      boolean echoed = request.echo();
      String param =
          echoed ? "echo" : request.endpoint() == Endpoint.CHAT ? TOP_LOG_PROBS : LOG_PROBS;
      throw ApiException.invalid(
          param,
          "unsupported_value",
          echoed
              ? "echo with logprobs, or with max_tokens 0, cannot be streamed; leave stream out"
              : "%s is %d, which cannot be streamed; send 0, or leave stream out"
                  .formatted(param, request.logProbs().getAsInt()));
    }
  }
}
