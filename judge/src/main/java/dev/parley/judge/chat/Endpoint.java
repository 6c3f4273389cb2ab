package dev.parley.judge.chat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Where a model answers, and how hard it may be asked.
 *
 * @param address of its chat completions
 * @param model the name that the endpoint knows it by
 * @param key of the account; empty if the endpoint wants none
 * @param timeout longest time for one whole answer
 * @param attempts how often a question is asked at most while the endpoint is busy or broken
 * @param concurrency most questions at once
 * @param requestsPerMinute most questions a minute; 0 for no bound
 * @param prices what tokens cost
 * @param maxCost no question is asked once this much is spent; infinite for no bound
 * @param fields fields of the request beside the usual ones, or in their place; JSON null leaves a
 *     usual one out
 */
public record Endpoint(
    URI address,
    String model,
    Optional<ApiKey> key,
    Duration timeout,
    int attempts,
    int concurrency,
    int requestsPerMinute,
    Prices prices,
    double maxCost,
    Map<String, JsonNode> fields) {

  private static final String PATH = "/chat/completions";

  /** Checks the limits. */
  public Endpoint {
    fields = Map.copyOf(fields);
    require(!model.isBlank(), "the model's name is empty; expected the endpoint's name for it");
    require(
        !timeout.isNegative() && !timeout.isZero(),
        "the timeout is %s; expected more than 0".formatted(timeout));
    require(attempts >= 1, "attempts is %d; expected at least 1".formatted(attempts));
    require(concurrency >= 1, "concurrency is %d; expected at least 1".formatted(concurrency));
    require(
        requestsPerMinute >= 0,
        "requests per minute is %d; expected 0 (no bound) or more".formatted(requestsPerMinute));
    require(maxCost > 0, "the greatest cost is %s; expected more than 0".formatted(maxCost));
  }

  /** An endpoint with the usual limits: 4 questions at once, 5 attempts, 2 minutes an answer. */
  public static Endpoint of(String written, String model) {
    return new Endpoint(
        address(written),
        model,
        Optional.empty(),
        Duration.ofMinutes(2),
        5,
        4,
        0,
        Prices.FREE,
        Double.POSITIVE_INFINITY,
        Map.of());
  }

  /**
   * The address of chat completions. {@code http://host:8091}, {@code http://host:8091/v1} and
   * {@code http://host:8091/v1/chat/completions} mean the same.
   *
   * @throws IllegalArgumentException if it is no web address
   */
  public static URI address(String written) {
    URI base;
    try {
      base = URI.create(written.strip().replaceAll("/+$", ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "\"%s\" is no address; expected one as http://localhost:8091/v1".formatted(written), e);
    }
    require(
        base.getHost() != null && base.getScheme().matches("https?"),
        "\"%s\" is no web address; expected one as http://localhost:8091/v1".formatted(written));
    String path = base.getPath() == null ? "" : base.getPath();
    if (path.endsWith(PATH)) {
      return base;
    }
    return URI.create(base + (path.isEmpty() ? "/v1" : "") + PATH);
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }
}
