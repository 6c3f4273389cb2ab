package dev.parley.reward;

import dev.parley.proto.grpc.RetryAfter;
import dev.parley.proto.reward.v1.DescribeScorerRequest;
import dev.parley.proto.reward.v1.DescribeScorerResponse;
import dev.parley.proto.reward.v1.RewardServiceGrpc;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.reward.v1.ScoreResult;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.reward.RewardServer.Serving;
import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Verdict;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.context.Context;
import io.quarkus.grpc.GrpcService;
import java.util.List;
import java.util.concurrent.CancellationException;
import org.jboss.logging.Logger;

/** The edge: checks requests and decides on status codes. */
@GrpcService
public class RewardGrpcService extends RewardServiceGrpc.RewardServiceImplBase {

  private static final Logger LOG = Logger.getLogger(RewardGrpcService.class);

  private final RewardServer server;
  private final RewardMetrics metrics;

  /** Takes what answers. */
  public RewardGrpcService(RewardServer server, RewardMetrics metrics) {
    this.server = server;
    this.metrics = metrics;
  }

  @Override
  public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
    Exchange exchange = new Exchange(request, observer, System.nanoTime());
    try {
      Serving serving = serving();
      List<Item> items = ScoreRequests.items(request);
      if (items.isEmpty()) {
        exchange.succeed(serving, List.of());
      } else {
        submit(serving, new ScoreCall(items, exchange.startNanos()), exchange);
      }
    } catch (IllegalArgumentException e) {
      exchange.fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()), new Metadata());
    } catch (NotReadyException e) {
      exchange.fail(e.status(), new Metadata());
    } catch (RuntimeException e) {
      LOG.error("A request could not be handled", e);
      exchange.fail(Status.INTERNAL.withDescription("unexpected: " + e), new Metadata());
    }
  }

  @Override
  public void describeScorer(
      DescribeScorerRequest request, StreamObserver<DescribeScorerResponse> observer) {
    try {
      Serving serving = serving();
      observer.onNext(
          DescribeScorerResponse.newBuilder()
              .setScorer(serving.settings().scorer())
              .setModelVersion(serving.version())
              .addAllComponents(serving.scorer().components())
              .build());
      observer.onCompleted();
    } catch (NotReadyException e) {
      observer.onError(e.status().asRuntimeException());
    }
  }

  private Serving serving() throws NotReadyException {
    return server.serving().orElseThrow(NotReadyException::new);
  }

  private void submit(Serving serving, ScoreCall call, Exchange exchange) {
    int most = serving.settings().maxQueueItems();
    if (call.parts().size() > most) {
      throw new IllegalArgumentException(
          "the request holds %d items, parley.reward.max-queue-items allows %d; split it"
              .formatted(call.parts().size(), most));
    }
    exchange.onCancel(() -> call.result().cancel(false));
    switch (serving.queue().add(call)) {
      case ACCEPTED ->
          call.result()
              .whenComplete(
                  (verdicts, failure) -> {
                    if (failure == null) {
                      exchange.succeed(serving, verdicts);
                    } else {
                      exchange.fail(statusOf(failure), new Metadata());
                    }
                  });
      case FULL -> {
        long after = Math.max(1, serving.worker().backlogMillis());
        Metadata trailers = new Metadata();
        trailers.put(RetryAfter.MILLISECONDS, Long.toString(after));
        exchange.fail(
            Status.RESOURCE_EXHAUSTED.withDescription(
                "%d items wait, parley.reward.max-queue-items is %d; try again in %d ms"
                    .formatted(serving.queue().waiting(), most, after)),
            trailers);
      }
      case CLOSED ->
          exchange.fail(
              Status.UNAVAILABLE.withDescription("this replica is going down; ask another"),
              new Metadata());
    }
  }

  private static Status statusOf(Throwable failure) {
    if (failure instanceof CancellationException) {
      return Status.CANCELLED;
    }
    return Status.INTERNAL.withDescription("the scorer failed: " + failure.getMessage());
  }

  /** There is no scorer yet. */
  private static final class NotReadyException extends Exception {

    private static final long serialVersionUID = 1L;

    Status status() {
      return Status.UNAVAILABLE.withDescription(
          "the scorer is still being loaded; wait for readiness");
    }
  }

  /** One request with its answer's way back, counted once when it ends. */
  private final class Exchange {

    private final ScoreRequest request;
    private final StreamObserver<ScoreResponse> observer;
    private final long startNanos;

    /** A worker's thread ends the call, and its measurement is to name the caller's trace. */
    private final Context asker = Context.current();

    Exchange(ScoreRequest request, StreamObserver<ScoreResponse> observer, long startNanos) {
      this.request = request;
      this.observer = observer;
      this.startNanos = startNanos;
    }

    long startNanos() {
      return startNanos;
    }

    void onCancel(Runnable action) {
      ((ServerCallStreamObserver<ScoreResponse>) observer).setOnCancelHandler(action);
    }

    void succeed(Serving serving, List<Verdict> verdicts) {
      ScoreResponse.Builder response = ScoreResponse.newBuilder();
      for (int i = 0; i < verdicts.size(); i++) {
        Verdict verdict = verdicts.get(i);
        response.addResults(
            ScoreResult.newBuilder()
                .setItemId(request.getItems(i).getItemId())
                .setScore(score(serving, verdict))
                .setExtracted(verdict.extracted().orElse("")));
      }
      metrics.judged(verdicts);
      count(Status.Code.OK);
      observer.onNext(response.build());
      observer.onCompleted();
    }

    private Score score(Serving serving, Verdict verdict) {
      return Score.newBuilder()
          .setScorer(serving.settings().scorer())
          .setStatus(
              switch (verdict.status()) {
                case OK -> dev.parley.proto.rollout.v1.Status.STATUS_OK;
                case FAILED -> dev.parley.proto.rollout.v1.Status.STATUS_FAILED;
              })
          .setValue(verdict.value())
          .putAllComponents(verdict.components())
          .setModelVersion(serving.version())
          .setError(verdict.error())
          .build();
    }

    void fail(Status status, Metadata trailers) {
      count(status.getCode());
      if (status.getCode() != Status.Code.CANCELLED) {
        observer.onError(status.asRuntimeException(trailers));
      }
    }

    private void count(Status.Code code) {
      long nanos = System.nanoTime() - startNanos;
      asker.wrap(() -> metrics.answered(code, nanos)).run();
    }
  }
}
