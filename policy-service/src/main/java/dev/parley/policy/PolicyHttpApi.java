package dev.parley.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.policy.openai.ApiCall;
import dev.parley.policy.openai.ApiException;
import dev.parley.policy.openai.ApiReply;
import dev.parley.policy.openai.ApiRequest;
import dev.parley.policy.openai.Endpoint;
import dev.parley.policy.openai.RequestReader;
import dev.parley.policy.serving.ServedVersion;
import io.vertx.core.Context;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jboss.logging.Logger;

/**
 * The edge for OpenAI's clients: paths, status codes, events, and clients that go away.
 *
 * <p>It uses the router below Quarkus REST, because one path answers whole or as a stream as its
 * body says, which a resource method's type would fix, and because a client that goes away must be
 * noticed in both cases.
 */
@Singleton
public class PolicyHttpApi {

  private static final Logger LOG = Logger.getLogger(PolicyHttpApi.class);

  private static final ObjectMapper JSON = new ObjectMapper();

  /** A prompt is text or tokens: this is a library of them. */
  private static final long MOST_BODY_BYTES = 16 << 20;

  private static final String MODELS = "/v1/models";
  private static final String CHAT = "/v1/chat/completions";
  private static final String COMPLETIONS = "/v1/completions";
  private static final String ALL = "/v1/*";
  private static final String LAST_EVENT = "[DONE]";

  private final PolicyConfig config;
  private final PolicyServer server;
  private final PolicyMetrics metrics;
  private final long started = Instant.now().getEpochSecond();

  /** Takes what answers. */
  public PolicyHttpApi(PolicyConfig config, PolicyServer server, PolicyMetrics metrics) {
    this.config = config;
    this.server = server;
    this.metrics = metrics;
  }

  void register(@Observes Router router) {
    if (!config.httpApi().enabled()) {
      return;
    }
    router.get(MODELS).handler(exchange("models", Exchange::models));
    router.get(MODELS + "/*").handler(exchange("models", Exchange::modelOfPath));
    ask(router, CHAT, "chat_completions", Endpoint.CHAT);
    ask(router, COMPLETIONS, "completions", Endpoint.COMPLETIONS);
    refuseOtherMethods(router, MODELS, "GET");
    refuseOtherMethods(router, CHAT, "POST");
    refuseOtherMethods(router, COMPLETIONS, "POST");
    router
        .route(ALL)
        .handler(
            refusal(
                routing ->
                    ApiException.unknownPath(
                        routing.request().method().name(), routing.normalizedPath())));
  }

  private void ask(Router router, String path, String route, Endpoint endpoint) {
    router
        .post(path)
        .handler(BodyHandler.create(false).setBodyLimit(MOST_BODY_BYTES))
        .failureHandler(refusal(routing -> bodyFailure(endpoint, routing)))
        .handler(exchange(route, exchange -> exchange.ask(endpoint)));
  }

  private static ApiException bodyFailure(Endpoint endpoint, RoutingContext routing) {
    return routing.statusCode() == 413
        ? ApiException.tooLarge(MOST_BODY_BYTES)
        : ApiException.of(endpoint, routing.failure());
  }

  private void refuseOtherMethods(Router router, String path, String expected) {
    router
        .route(path)
        .handler(
            refusal(
                routing ->
                    ApiException.wrongMethod(
                        routing.request().method().name(), routing.normalizedPath(), expected)));
  }

  private interface Refusing {
    ApiException refusalOf(RoutingContext routing);
  }

  private Handler<RoutingContext> refusal(Refusing refusing) {
    return routing -> new Exchange(routing, "other").fail(refusing.refusalOf(routing));
  }

  private interface Handling {
    void handle(Exchange exchange);
  }

  /** Handles a request on a worker thread: reading a prompt takes a while. */
  private Handler<RoutingContext> exchange(String route, Handling handling) {
    return routing -> {
      Exchange exchange = new Exchange(routing, route);
      exchange.work(
          () -> {
            handling.handle(exchange);
            return null;
          });
    };
  }

  private PolicyModel model() {
    return server.model().orElseThrow(ApiException::loading);
  }

  private ObjectNode description(PolicyModel model) {
    ServedVersion version = model.engine().served();
    return JsonNodeFactory.instance
        .objectNode()
        .put("id", server.httpApi().modelName())
        .put("object", "model")
        .put("created", started)
        .put("owned_by", "parley")
        .put("max_model_len", model.engine().longestSequence())
        .put("version", version.number())
        .put("checksum", version.checksum());
  }

  /** One request: the way back, the status it ends with, and its time. */
  private final class Exchange implements ApiReply {

    private final RoutingContext routing;
    private final HttpServerResponse response;
    private final String route;
    private final Context context;
    private final long startNanos = System.nanoTime();
    private volatile Optional<ApiCall> call = Optional.empty();
    private volatile boolean left;
    // The event loop's own.
    private boolean counted;

    /** On the event loop. */
    Exchange(RoutingContext routing, String route) {
      this.routing = routing;
      this.response = routing.response();
      this.route = route;
      this.context = routing.vertx().getOrCreateContext();
      routing.addEndHandler(
          ended -> {
            if (ended.failed()) {
              clientLeft();
            }
          });
    }

    private void clientLeft() {
      left = true;
      count(ApiException.CLIENT_LEFT);
      call.ifPresent(ApiCall::cancel);
    }

    private void count(int status) {
      if (!counted) {
        counted = true;
        metrics.httpAnswered(route, status, System.nanoTime() - startNanos);
      }
    }

    void models() {
      ObjectNode list = JsonNodeFactory.instance.objectNode().put("object", "list");
      list.putArray("data").add(description(model()));
      answer(() -> list);
    }

    void modelOfPath() {
      PolicyModel model = model();
      String name = routing.normalizedPath().substring(MODELS.length() + 1);
      new RequestReader(server.httpApi()).checkModel(name);
      answer(() -> description(model));
    }

    void ask(Endpoint endpoint) {
      PolicyModel model = model();
      Buffer body = routing.body().buffer();
      ApiRequest request =
          new RequestReader(server.httpApi())
              .read(endpoint, body == null ? new byte[0] : body.getBytes());
      ApiCall asked =
          new ApiCall(
              request,
              server.httpApi().modelName(),
              Instant.now().getEpochSecond(),
              model.encoder(),
              model.planner(),
              model.engine(),
              server.scores(),
              this);
      call = Optional.of(asked);
      asked.begin();
      if (left) {
        asked.cancel();
      }
    }

    /**
     * Runs on a worker thread what may fail, and writes on the event loop what it gives, if any.
     */
    private void work(Supplier<Buffer> working) {
      context
          .executeBlocking(working::get, false)
          .onComplete(
              done -> {
                if (done.failed()) {
                  write(failureOf(done.cause()));
                } else if (done.result() != null) {
                  write(200, done.result());
                }
              });
    }

    private ApiException failureOf(Throwable failure) {
      if (failure instanceof ApiException exception) {
        return exception;
      }
      LOG.errorf(failure, "%s failed", routing.normalizedPath());
      return ApiException.of(Endpoint.COMPLETIONS, failure);
    }

    @Override
    public void answer(Supplier<JsonNode> body) {
      work(() -> bytes(body.get()));
    }

    @Override
    public void events(Supplier<List<? extends JsonNode>> events) {
      context.runOnContext(
          now -> {
            if (open()) {
              events.get().forEach(event -> writeEvent(bytes(event)));
            }
          });
    }

    @Override
    public void end() {
      context.runOnContext(
          now -> {
            if (open()) {
              writeEvent(Buffer.buffer(LAST_EVENT));
              count(response.getStatusCode());
              response.end();
            }
          });
    }

    @Override
    public void fail(ApiException failure) {
      context.runOnContext(now -> write(failure));
    }

    private boolean open() {
      return !left && !response.ended();
    }

    private void write(ApiException failure) {
      if (!open()) {
        return;
      }
      if (response.headWritten()) {
        writeEvent(bytes(failure.toJson()));
        count(failure.status());
        response.end();
        return;
      }
      failure
          .retryAfter()
          .ifPresent(
              after -> {
                long millis = Math.max(1, after.toMillis());
                response.putHeader(HttpHeaders.RETRY_AFTER, Long.toString((millis + 999) / 1000));
                response.putHeader("retry-after-ms", Long.toString(millis));
              });
      write(failure.status(), bytes(failure.toJson()));
    }

    private void write(int status, Buffer body) {
      if (open()) {
        count(status);
        response
            .setStatusCode(status)
            .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
            .end(body);
      }
    }

    private void writeEvent(Buffer data) {
      if (!response.headWritten()) {
        response
            .setChunked(true)
            .putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream; charset=utf-8")
            .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
      }
      response.write(
          Buffer.buffer(data.length() + 8)
              .appendString("data: ")
              .appendBuffer(data)
              .appendString("\n\n"));
    }

    private static Buffer bytes(JsonNode json) {
      try {
        return Buffer.buffer(JSON.writeValueAsBytes(json));
      } catch (JsonProcessingException e) {
        throw new IllegalStateException("a tree cannot be written as JSON", e);
      }
    }
  }
}
