package dev.parley.judge.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Asks one endpoint. Safe for several threads, which together keep to its limits.
 *
 * <p>A question is asked again where the next attempt may succeed: no connection, no whole answer
 * in time, status 408, 409, 425, 429 or 5xx, or an answer that is not in OpenAI's format. Pauses
 * double from half a second to 30 seconds, with chance in them, and are as long as {@code
 * Retry-After} says; all threads keep to that.
 */
public final class ChatClient {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<Integer> PASSING = Set.of(408, 409, 425, 429);
  private static final Set<Integer> HOPELESS = Set.of(401, 402, 403, 404, 405);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LONGEST_WAIT = Duration.ofMinutes(5);
  private static final int ERROR_TEXT = 300;

  private final Endpoint endpoint;
  private final AnswerStore store;
  private final Pauses pauses;
  private final HttpClient http;
  private final Semaphore slots;
  private final RateLimit rate;
  private final AtomicReference<Spending> spending = new AtomicReference<>(Spending.NONE);

  /** A client that keeps answers in a store. */
  public ChatClient(Endpoint endpoint, AnswerStore store) {
    this(endpoint, store, Pauses.REAL);
  }

  /** A client with a clock of its own. */
  public ChatClient(Endpoint endpoint, AnswerStore store, Pauses pauses) {
    this.endpoint = endpoint;
    this.store = store;
    this.pauses = pauses;
    this.slots = new Semaphore(endpoint.concurrency(), true);
    this.rate = new RateLimit(endpoint.requestsPerMinute(), pauses);
    // Redirects are not followed: the key belongs to the named host alone.
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(endpoint.timeout())
            .build();
  }

  /** Where it asks. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /** What was spent so far. */
  public Spending spending() {
    return spending.get();
  }

  /**
   * Asks a question, or finds its answer on disk.
   *
   * @throws ChatException if there is no answer
   * @throws InterruptedException if the thread is interrupted
   */
  public ChatReply ask(ChatRequest request) throws InterruptedException {
    ObjectNode question = question(request);
    Optional<JsonNode> kept = store.find(endpoint.address(), question);
    if (kept.isPresent()) {
      spending.updateAndGet(Spending::withKept);
      return ChatReply.read(kept.get());
    }
    slots.acquire();
    try {
      return askAnew(question);
    } catch (ChatException e) {
      spending.updateAndGet(Spending::withFailure);
      throw e;
    } finally {
      slots.release();
    }
  }

  private ObjectNode question(ChatRequest request) {
    ObjectNode question = JSON.createObjectNode().put("model", endpoint.model());
    ArrayNode messages = question.putArray("messages");
    for (Message message : request.messages()) {
      messages.addObject().put("role", message.role()).put("content", message.content());
    }
    request.temperature().ifPresent(value -> question.put("temperature", value));
    request.maxTokens().ifPresent(value -> question.put("max_tokens", value));
    request.seed().ifPresent(value -> question.put("seed", value));
    if (request.topLogProbs() > 0) {
      question.put("logprobs", true).put("top_logprobs", request.topLogProbs());
    }
    endpoint
        .fields()
        .forEach(
            (name, value) -> {
              if (value.isNull()) {
                question.remove(name);
              } else {
                question.set(name, value);
              }
            });
    return question;
  }

  /** One attempt: an answer, or what went wrong. */
  private record Attempt(
      Optional<ChatReply> reply, Trouble trouble, Optional<Duration> pause, Throwable cause) {

    static Attempt failed(String what, boolean passing, boolean hopeless, Throwable cause) {
      return new Attempt(
          Optional.empty(), new Trouble(what, passing, hopeless), Optional.empty(), cause);
    }
  }

  private record Trouble(String what, boolean passing, boolean hopeless) {}

  private ChatReply askAnew(ObjectNode question) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      requireMoney();
      rate.await();
      Attempt result = attempt(question);
      if (result.reply().isPresent()) {
        return result.reply().get();
      }
      Trouble trouble = result.trouble();
      if (!trouble.passing() || attempt == endpoint.attempts()) {
        throw new ChatException(
            "%s %s%s"
                .formatted(
                    endpoint.address(),
                    trouble.what(),
                    attempt > 1 ? " (asked %d times)".formatted(attempt) : ""),
            trouble.hopeless(),
            result.cause());
      }
      result.pause().ifPresent(rate::hold);
      spending.updateAndGet(Spending::withRetry);
      pauses.pause(backoff(attempt));
    }
  }

  private void requireMoney() {
    double spent = spending.get().cost();
    if (spent >= endpoint.maxCost()) {
      throw new ChatException(
          "the questions have cost %.4f so far, of %.4f that they may cost"
              .formatted(spent, endpoint.maxCost()),
          true,
          null);
    }
  }

  /** Doubles, and takes half to all of that, so that clients that failed together part. */
  private static Duration backoff(int attempt) {
    long most =
        Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(attempt - 1, 16));
    return Duration.ofMillis(ThreadLocalRandom.current().nextLong(most / 2, most + 1));
  }

  private Attempt attempt(ObjectNode question) throws InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(endpoint.address())
            .header("Content-Type", "application/json")
            .header("User-Agent", "parley")
            .POST(BodyPublishers.ofString(question.toString()));
    endpoint.key().ifPresent(key -> request.header("Authorization", "Bearer " + key.secret()));
    // The client's own timeout ends with the headers; this one covers the body too.
    CompletableFuture<HttpResponse<String>> coming =
        http.sendAsync(request.build(), BodyHandlers.ofString(StandardCharsets.UTF_8));
    try {
      return read(question, coming.get(endpoint.timeout().toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException e) {
      return Attempt.failed(
          "gave no whole answer within %s".formatted(seconds(endpoint.timeout())), true, false, e);
    } catch (ExecutionException e) {
      return unreached(e.getCause());
    } finally {
      coming.cancel(true);
    }
  }

  /** The JDK's exceptions say neither where to nor why. */
  private Attempt unreached(Throwable cause) {
    if (!(cause instanceof ConnectException)) {
      return Attempt.failed("cannot be asked: " + reason(cause), true, false, cause);
    }
    String why =
        cause.getCause() instanceof UnresolvedAddressException
            ? "no host is called " + endpoint.address().getHost()
            : "nothing answers at " + endpoint.address().getAuthority();
    return Attempt.failed(
        "cannot be reached: %s; expected an endpoint with OpenAI's chat completions. Correct the address, or start it: parley up --policy MODEL --policy-port PORT"
            .formatted(why),
        true,
        true,
        cause);
  }

  private Attempt read(ObjectNode question, HttpResponse<String> response) {
    int status = response.statusCode();
    if (status != 200) {
      return refused(response, status);
    }
    try {
      JsonNode answer = JSON.readTree(response.body());
      ChatReply reply = ChatReply.read(answer);
      spending.updateAndGet(so -> so.withAnswer(reply, endpoint.prices()));
      store.keep(endpoint.address(), question, answer);
      return new Attempt(Optional.of(reply), null, Optional.empty(), null);
    } catch (JsonProcessingException e) {
      return Attempt.failed(
          "answered what is no JSON: " + beginning(response.body()), true, false, e);
    } catch (IllegalArgumentException e) {
      return Attempt.failed(
          "gave no chat completion: %s; it answered %s"
              .formatted(e.getMessage(), beginning(response.body())),
          true,
          false,
          e);
    }
  }

  private Attempt refused(HttpResponse<String> response, int status) {
    String said = "answered %d: %s".formatted(status, errorText(response.body()));
    if (HOPELESS.contains(status) || status / 100 == 3) {
      return Attempt.failed(said, false, true, null);
    }
    Optional<Duration> wait =
        response.headers().firstValue("Retry-After").flatMap(ChatClient::retryAfter);
    if (wait.isPresent() && wait.get().compareTo(LONGEST_WAIT) > 0) {
      return Attempt.failed(
          "%s; it asks to wait %s, more than %s"
              .formatted(said, seconds(wait.get()), seconds(LONGEST_WAIT)),
          false,
          true,
          null);
    }
    boolean passing = PASSING.contains(status) || status >= 500;
    return new Attempt(Optional.empty(), new Trouble(said, passing, false), wait, null);
  }

  /** Seconds, or a date (RFC 9110, 10.2.3); what cannot be understood counts as not said. */
  private static Optional<Duration> retryAfter(String header) {
    String text = header.strip();
    if (text.matches("[0-9]{1,9}(\\.[0-9]+)?")) {
      return Optional.of(Duration.ofMillis((long) Math.ceil(1000 * Double.parseDouble(text))));
    }
    try {
      Instant date = DateTimeFormatter.RFC_1123_DATE_TIME.parse(text, Instant::from);
      Duration wait = Duration.between(Instant.now(), date);
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** OpenAI's error message, or the beginning of whatever was said. */
  private static String errorText(String body) {
    try {
      JsonNode message = JSON.readTree(body).path("error").path("message");
      return beginning(message.isTextual() ? message.textValue() : body);
    } catch (JsonProcessingException e) {
      return beginning(body);
    }
  }

  private static String beginning(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    if (line.isEmpty()) {
      return "nothing";
    }
    return line.length() <= ERROR_TEXT ? line : line.substring(0, ERROR_TEXT) + "…";
  }

  private static String reason(Throwable cause) {
    return cause.getMessage() == null
        ? cause.getClass().getSimpleName()
        : cause.getClass().getSimpleName() + ": " + cause.getMessage();
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() % 1000 == 0
        ? duration.toSeconds() + " s"
        : duration.toMillis() + " ms";
  }
}
