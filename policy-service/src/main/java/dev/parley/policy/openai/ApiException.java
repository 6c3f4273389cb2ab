package dev.parley.policy.openai;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.policy.generation.EngineClosedException;
import dev.parley.policy.generation.InvalidRequestException;
import dev.parley.policy.generation.QueueFullException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;

/** A refusal or a failure, as OpenAI's API says it: a status and an error object. */
public final class ApiException extends RuntimeException {

  /** The status that is counted, and never sent, when the client has gone away. */
  public static final int CLIENT_LEFT = 499;

  private static final long serialVersionUID = 1L;

  private static final String INVALID = "invalid_request_error";

  /** How long a client is asked to wait for a model that is being loaded. */
  private static final Duration LOADING = Duration.ofSeconds(1);

  /** The contract's names of fields, as messages begin with them, and this API's. */
  private static final Map<String, String> NAMES =
      Map.of(
          "sampling.temperature", "temperature",
          "sampling.top_p", "top_p",
          "sampling.top_k", "top_k",
          "sampling.max_new_tokens", "max_tokens",
          "sampling.min_new_tokens", "min_tokens",
          "sampling.stop_strings", "stop",
          "sampling.stop_token_ids", "stop_token_ids",
          "n", "n");

  private final int status;
  private final String type;
  private final String param;
  private final String code;
  private final Duration retryAfter;

  private ApiException(
      int status, String type, String param, String code, Duration retryAfter, String message) {
    super(message);
    this.status = status;
    this.type = type;
    this.param = param;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  /** A field that cannot be used. */
  static ApiException invalid(String param, String code, String message) {
    return new ApiException(400, INVALID, param, code, null, message);
  }

  /** A model that is not the one served. */
  static ApiException unknownModel(String found, String served) {
    return new ApiException(
        404,
        INVALID,
        "model",
        "model_not_found",
        null,
        "the model \"%s\" does not exist; this server has \"%s\"".formatted(found, served));
  }

  /** A path that means nothing. */
  public static ApiException unknownPath(String method, String path) {
    return new ApiException(
        404,
        INVALID,
        null,
        "unknown_url",
        null,
        "there is no %s %s; there are GET /v1/models, POST /v1/chat/completions and POST"
                .formatted(method, path)
            + " /v1/completions");
  }

  /** A path that is asked in another way. */
  public static ApiException wrongMethod(String method, String path, String expected) {
    return new ApiException(
        405,
        INVALID,
        null,
        "method_not_allowed",
        null,
        "%s is asked with %s, expected %s".formatted(path, method, expected));
  }

  /** A body that is too large. */
  public static ApiException tooLarge(long mostBytes) {
    return new ApiException(
        413,
        INVALID,
        null,
        "request_too_large",
        null,
        "the body is larger than %d bytes; send fewer prompts at a time".formatted(mostBytes));
  }

  /** A server that has no model yet. */
  public static ApiException loading() {
    return unavailable("model_not_loaded", "the model is still being loaded");
  }

  private static ApiException unavailable(String code, String message) {
    return new ApiException(503, "service_unavailable_error", null, code, LOADING, message);
  }

  /** Answers that the reward service could not score, where the best of them was wanted. */
  static ApiException notScored(String message) {
    return new ApiException(502, "server_error", "best_of", "answers_not_scored", null, message);
  }

  /** What to say about a failure on the way to an answer. */
  public static ApiException of(Endpoint endpoint, Throwable failure) {
    Throwable cause =
        failure instanceof CompletionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    if (cause instanceof ApiException exception) {
      return exception;
    }
    if (cause instanceof InvalidRequestException) {
      return invalid(endpoint, cause.getMessage());
    }
    if (cause instanceof QueueFullException full) {
      return new ApiException(
          429,
          "rate_limit_error",
          null,
          "rate_limit_exceeded",
          full.retryAfter(),
          full.getMessage());
    }
    if (cause instanceof EngineClosedException) {
      return unavailable("shutting_down", cause.getMessage());
    }
    if (cause instanceof CancellationException) {
      return new ApiException(
          CLIENT_LEFT, "client_error", null, "cancelled", null, cause.getMessage());
    }
    return new ApiException(
        500, "server_error", null, "generation_failed", null, "generation failed: " + cause);
  }

  /** Says in this API's names what the planner, the encoder and the engine said in their own. */
  private static ApiException invalid(Endpoint endpoint, String message) {
    String field = message.substring(0, Math.max(0, message.indexOf(' ')));
    String name = NAMES.getOrDefault(field, endpoint.promptField());
    String rest = message.substring(field.length()).replace("max_new_tokens", "max_tokens");
    boolean sampling = NAMES.containsKey(field);
    return invalid(name, "invalid_value", sampling ? name + rest : name + ": " + message);
  }

  /** Returns the HTTP status. */
  public int status() {
    return status;
  }

  /** Returns when to come again, if that may help. */
  public Optional<Duration> retryAfter() {
    return Optional.ofNullable(retryAfter);
  }

  /** Returns the body: {@code {"error": {"message", "type", "param", "code"}}}. */
  public ObjectNode toJson() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.putObject("error")
        .put("message", getMessage())
        .put("type", type)
        .put("param", param)
        .put("code", code);
    return body;
  }
}
