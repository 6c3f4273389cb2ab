package dev.parley.judge.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** A server on this machine that answers in OpenAI's format, or badly, as a test says. */
public final class FakeEndpoint implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * What to answer.
   *
   * @param status of HTTP
   * @param headers besides the content type
   * @param body the text
   * @param whole false for a body that never ends
   */
  public record Answer(int status, Map<String, String> headers, String body, boolean whole) {

    /** A chat completion. */
    public static Answer says(String text) {
      return new Answer(200, Map.of(), completion(text).toString(), true);
    }

    /** A chat completion whose one token had likely alternatives, by their log-probabilities. */
    public static Answer says(String text, Map<String, Double> logProbs) {
      ObjectNode body = completion(text);
      ObjectNode place =
          ((ObjectNode) body.at("/choices/0"))
              .putObject("logprobs")
              .putArray("content")
              .addObject();
      place.put("token", text).put("logprob", logProbs.get(text));
      ArrayNode top = place.putArray("top_logprobs");
      logProbs.forEach((token, value) -> top.addObject().put("token", token).put("logprob", value));
      return new Answer(200, Map.of(), body.toString(), true);
    }

    /** An error in OpenAI's format. */
    public static Answer error(int status, String message, Map<String, String> headers) {
      ObjectNode body = JSON.createObjectNode();
      body.putObject("error").put("message", message);
      return new Answer(status, headers, body.toString(), true);
    }

    /** Any text with status 200. */
    public static Answer text(String body) {
      return new Answer(200, Map.of(), body, true);
    }

    /** The beginning of an answer, and then nothing. */
    public static Answer stalls() {
      return new Answer(200, Map.of(), "{\"choices\":", false);
    }

    private static ObjectNode completion(String text) {
      ObjectNode body = JSON.createObjectNode().put("object", "chat.completion");
      ObjectNode choice = body.putArray("choices").addObject().put("index", 0);
      choice.putObject("message").put("role", "assistant").put("content", text);
      choice.put("finish_reason", "stop");
      body.putObject("usage").put("prompt_tokens", 100).put("completion_tokens", 10);
      return body;
    }
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final List<JsonNode> requests = new CopyOnWriteArrayList<>();
  private final List<String> keys = new CopyOnWriteArrayList<>();
  private final AtomicInteger atOnce = new AtomicInteger();
  private final AtomicInteger mostAtOnce = new AtomicInteger();
  private volatile Function<JsonNode, Answer> script;

  /** A server that answers each request by a function, which several threads call. */
  public FakeEndpoint(Function<JsonNode, Answer> script) throws IOException {
    this.script = script;
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.createContext("/v1/chat/completions", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  /** A server that gives these answers in turn, the last one again and again. */
  public static FakeEndpoint inTurn(Answer... answers) throws IOException {
    AtomicInteger next = new AtomicInteger();
    return new FakeEndpoint(
        request -> answers[Math.min(next.getAndIncrement(), answers.length - 1)]);
  }

  /** Answers differently from now on. */
  public void script(Function<JsonNode, Answer> other) {
    script = other;
  }

  /** {@code http://localhost:PORT}. */
  public String address() {
    return "http://localhost:" + server.getAddress().getPort();
  }

  /** The requests so far. */
  public List<JsonNode> requests() {
    return requests;
  }

  /** The Authorization headers so far; "" where there was none. */
  public List<String> keys() {
    return keys;
  }

  /** Most requests that were under way at a time. */
  public int mostAtOnce() {
    return mostAtOnce.get();
  }

  /** The text of a request's last message. */
  public static String asked(JsonNode request) {
    JsonNode messages = request.path("messages");
    return messages.path(messages.size() - 1).path("content").asText();
  }

  private void handle(HttpExchange exchange) throws IOException {
    mostAtOnce.accumulateAndGet(atOnce.incrementAndGet(), Math::max);
    JsonNode request = JSON.readTree(exchange.getRequestBody());
    requests.add(request);
    String key = exchange.getRequestHeaders().getFirst("Authorization");
    keys.add(key == null ? "" : key);
    Answer answer;
    try {
      answer = script.apply(request);
    } catch (RuntimeException | Error e) {
      answer = Answer.error(500, "the test's script failed: " + e, Map.of());
    }
    answer.headers().forEach(exchange.getResponseHeaders()::add);
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    atOnce.decrementAndGet();
    exchange.sendResponseHeaders(answer.status(), answer.whole() ? body.length : body.length + 1);
    exchange.getResponseBody().write(body);
    exchange.getResponseBody().flush();
    if (!answer.whole()) {
      awaitClosing();
    }
    exchange.close();
  }

  private void awaitClosing() {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException(e));
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
