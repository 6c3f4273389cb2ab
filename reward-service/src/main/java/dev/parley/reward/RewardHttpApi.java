package dev.parley.reward;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.reward.RewardServer.Serving;
import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Verdict;
import io.vertx.core.Context;
import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * The edge for other trainers, over HTTP: OpenRLHF's remote rewards ({@code POST /get_reward}), and
 * {@code /classify} and {@code /pooling} in the shape of vLLM's.
 *
 * <p>These protocols know numbers alone. An answer that cannot be scored therefore fails its whole
 * request, with its place and the reason: a failure is never a number.
 */
@Singleton
public class RewardHttpApi {

  private static final Logger LOG = Logger.getLogger(RewardHttpApi.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long MOST_BODY_BYTES = 64 << 20;

  private final RewardServer server;
  private final RewardMetrics metrics;

  /** Takes what answers. */
  public RewardHttpApi(RewardServer server, RewardMetrics metrics) {
    this.server = server;
    this.metrics = metrics;
  }

  void register(@Observes Router router) {
    post(router, "/get_reward", RemoteRewardRequests::ofOpenRlhf, RewardHttpApi::openRlhf);
    post(router, "/classify", RemoteRewardRequests::ofPooling, RewardHttpApi::classes);
    post(router, "/pooling", RemoteRewardRequests::ofPooling, RewardHttpApi::pooled);
  }

  private void post(
      Router router,
      String path,
      Function<JsonNode, List<Item>> reading,
      BiFunction<Serving, List<Verdict>, ObjectNode> writing) {
    router
        .post(path)
        .handler(BodyHandler.create(false).setBodyLimit(MOST_BODY_BYTES))
        .handler(routing -> new Exchange(routing, path).answer(reading, writing))
        .failureHandler(routing -> new Exchange(routing, path).failed());
    router
        .route(path)
        .handler(
            routing ->
                new Exchange(routing, path).refuse(405, "%s is asked with POST".formatted(path)));
  }

  /**
   * {@code rewards} and {@code scores} are the same numbers; components go to the trainer's log.
   */
  private static ObjectNode openRlhf(Serving serving, List<Verdict> verdicts) {
    ObjectNode reply = JSON.createObjectNode();
    ArrayNode rewards = reply.putArray("rewards");
    verdicts.forEach(verdict -> rewards.add(verdict.value()));
    reply.set("scores", rewards.deepCopy());
    ObjectNode logs = reply.putObject("extra_logs");
    for (String name : serving.scorer().components()) {
      if (verdicts.stream().allMatch(verdict -> verdict.components().containsKey(name))) {
        ArrayNode values = logs.putArray(name);
        verdicts.forEach(verdict -> values.add(verdict.components().get(name)));
      }
    }
    return reply;
  }

  private static ObjectNode classes(Serving serving, List<Verdict> verdicts) {
    ObjectNode reply = head(serving, "classify");
    ArrayNode data = reply.putArray("data");
    for (int i = 0; i < verdicts.size(); i++) {
      ObjectNode one = data.addObject().put("index", i).put("label", serving.settings().scorer());
      one.putArray("probs").add(verdicts.get(i).value());
      one.put("num_classes", 1);
    }
    return reply;
  }

  private static ObjectNode pooled(Serving serving, List<Verdict> verdicts) {
    ObjectNode reply = head(serving, "pool");
    ArrayNode data = reply.putArray("data");
    for (int i = 0; i < verdicts.size(); i++) {
      ObjectNode one = data.addObject().put("index", i).put("object", "pooling");
      one.putArray("data").add(verdicts.get(i).value());
    }
    return reply;
  }

  private static ObjectNode head(Serving serving, String kind) {
    return JSON.createObjectNode()
        .put("id", kind + "-" + UUID.randomUUID().toString().replace("-", ""))
        .put("object", "list")
        .put("created", Instant.now().getEpochSecond())
        .put("model", serving.settings().scorer());
  }

  /** One request with its answer's way back, counted once when it ends. */
  private final class Exchange {

    private final RoutingContext routing;
    private final String route;
    private final long startNanos = System.nanoTime();
    private final Context context;

    Exchange(RoutingContext routing, String route) {
      this.routing = routing;
      this.route = route;
      this.context = routing.vertx().getOrCreateContext();
    }

    void answer(
        Function<JsonNode, List<Item>> reading,
        BiFunction<Serving, List<Verdict>, ObjectNode> writing) {
      Optional<Serving> ready = server.serving();
      if (ready.isEmpty()) {
        refuse(503, "the scorer is still being loaded; wait for readiness");
        return;
      }
      Serving serving = ready.get();
      List<Item> items;
      if (routing.body().isEmpty()) {
        refuse(400, "the request has no body; expected JSON");
        return;
      }
      try {
        items = reading.apply(JSON.readTree(routing.body().buffer().getBytes()));
      } catch (JsonProcessingException e) {
        refuse(400, "the body is not JSON: " + e.getOriginalMessage());
        return;
      } catch (java.io.IOException e) {
        refuse(400, "the body cannot be read: " + e.getMessage());
        return;
      } catch (IllegalArgumentException e) {
        refuse(400, e.getMessage());
        return;
      }
      if (items.isEmpty()) {
        send(200, writing.apply(serving, List.of()));
        return;
      }
      submit(serving, items, writing);
    }

    /** The body cannot be read, or a handler threw. */
    void failed() {
      if (routing.response().headWritten()) {
        return; // a refused client that hangs up while it still sends
      }
      String type = routing.request().getHeader(HttpHeaders.CONTENT_TYPE);
      if (routing.statusCode() == 413) {
        refuse(413, "the body is larger than %d bytes; split it".formatted(MOST_BODY_BYTES));
      } else if (type != null && type.contains("form")) {
        refuse(415, "the body is a form (%s); send Content-Type: application/json".formatted(type));
      } else {
        LOG.error("A request could not be answered", routing.failure());
        refuse(500, "the request could not be answered; the service's log says why");
      }
    }

    private void submit(
        Serving serving, List<Item> items, BiFunction<Serving, List<Verdict>, ObjectNode> writing) {
      int most = serving.settings().maxQueueItems();
      if (items.size() > most) {
        refuse(
            400,
            "the request holds %d items, parley.reward.max-queue-items allows %d; split it"
                .formatted(items.size(), most));
        return;
      }
      ScoreCall call = new ScoreCall(items, startNanos);
      routing.response().closeHandler(gone -> call.result().cancel(false));
      switch (serving.queue().add(call)) {
        case ACCEPTED ->
            call.result()
                .whenComplete(
                    (verdicts, failure) ->
                        context.runOnContext(go -> conclude(serving, verdicts, failure, writing)));
        case FULL -> {
          long seconds = 1 + serving.worker().backlogMillis() / 1_000;
          routing.response().putHeader(HttpHeaders.RETRY_AFTER, "" + seconds);
          refuse(
              429,
              "%d items wait, parley.reward.max-queue-items is %d; try again in %d s"
                  .formatted(serving.queue().waiting(), most, seconds));
        }
        case CLOSED -> refuse(503, "this replica is going down; ask another");
      }
    }

    private void conclude(
        Serving serving,
        List<Verdict> verdicts,
        Throwable failure,
        BiFunction<Serving, List<Verdict>, ObjectNode> writing) {
      if (routing.response().closed()) {
        metrics.answeredOverHttp(route, 499, System.nanoTime() - startNanos);
        return;
      }
      if (failure != null) {
        LOG.error("A request could not be scored", failure);
        refuse(500, "the scorer failed: " + failure.getMessage());
        return;
      }
      metrics.judged(verdicts);
      for (int i = 0; i < verdicts.size(); i++) {
        if (!verdicts.get(i).ok()) {
          refuse(422, "item %d cannot be scored: %s".formatted(i, verdicts.get(i).error()));
          return;
        }
      }
      send(200, writing.apply(serving, verdicts));
    }

    private void refuse(int status, String problem) {
      ObjectNode reply = JSON.createObjectNode();
      reply.putObject("error").put("message", problem).put("code", status);
      send(status, reply);
    }

    private void send(int status, ObjectNode reply) {
      metrics.answeredOverHttp(route, status, System.nanoTime() - startNanos);
      routing
          .response()
          .setStatusCode(status)
          .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
          .end(reply.toString());
    }
  }
}
