package dev.parley.reference;

import dev.parley.proto.grpc.RetryAfter;
import dev.parley.proto.reference.v1.DescribeReferenceRequest;
import dev.parley.proto.reference.v1.DescribeReferenceResponse;
import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import dev.parley.proto.reference.v1.ReferenceServiceGrpc;
import dev.parley.proto.reference.v1.TokenLogProbs;
import dev.parley.reference.ReferenceServer.Serving;
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
public class ReferenceGrpcService extends ReferenceServiceGrpc.ReferenceServiceImplBase {

  private static final Logger LOG = Logger.getLogger(ReferenceGrpcService.class);

  private final ReferenceServer server;
  private final ReferenceMetrics metrics;

  /** Takes what answers. */
  public ReferenceGrpcService(ReferenceServer server, ReferenceMetrics metrics) {
    this.server = server;
    this.metrics = metrics;
  }

  @Override
  public void logProbs(LogProbsRequest request, StreamObserver<LogProbsResponse> observer) {
    Exchange exchange = new Exchange(request, observer, System.nanoTime());
    try {
      Serving serving = serving();
      checkDigest(serving, request.getExpectedDigest());
      List<TokenRow> rows =
          LogProbsRequests.rows(
              request, serving.model().vocabulary(), serving.model().maxPositions());
      float temperature = LogProbsRequests.temperature(request);
      if (rows.isEmpty()) {
        exchange.succeed(serving, List.of());
      } else {
        submit(serving, new LogProbsCall(rows, temperature, exchange.startNanos()), exchange);
      }
    } catch (IllegalArgumentException e) {
      exchange.fail(Status.INVALID_ARGUMENT.withDescription(e.getMessage()), new Metadata());
    } catch (Refusal e) {
      exchange.fail(e.status, new Metadata());
    } catch (RuntimeException e) {
      LOG.error("A request could not be handled", e);
      exchange.fail(Status.INTERNAL.withDescription("unexpected: " + e), new Metadata());
    }
  }

  @Override
  public void describeReference(
      DescribeReferenceRequest request, StreamObserver<DescribeReferenceResponse> observer) {
    try {
      ReferenceModel model = serving().model();
      observer.onNext(
          DescribeReferenceResponse.newBuilder()
              .setDigest(model.digest())
              .setArchitecture(model.architecture())
              .setVocabularySize(model.vocabulary())
              .setMaxPositions(model.maxPositions())
              .build());
      observer.onCompleted();
    } catch (Refusal e) {
      observer.onError(e.status.asRuntimeException());
    }
  }

  private Serving serving() throws Refusal {
    return server
        .serving()
        .orElseThrow(
            () ->
                new Refusal(
                    Status.UNAVAILABLE.withDescription(
                        "the reference model is still being loaded; wait for readiness")));
  }

  private static void checkDigest(Serving serving, String expected) throws Refusal {
    String served = serving.model().digest();
    if (!expected.isEmpty() && !expected.equalsIgnoreCase(served)) {
      throw new Refusal(
          Status.FAILED_PRECONDITION.withDescription(
              "expected_digest is " + expected + ", this reference serves " + served));
    }
  }

  private void submit(Serving serving, LogProbsCall call, Exchange exchange) {
    if (call.size() > serving.settings().maxQueueTokens()) {
      throw new IllegalArgumentException(
          "the request holds %d tokens, parley.reference.max-queue-tokens allows %d; split it"
              .formatted(call.size(), serving.settings().maxQueueTokens()));
    }
    exchange.onCancel(() -> call.result().cancel(false));
    switch (serving.queue().add(call)) {
      case ACCEPTED ->
          call.result()
              .whenComplete(
                  (answers, failure) -> {
                    if (failure == null) {
                      exchange.succeed(serving, answers);
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
                "%d tokens wait, parley.reference.max-queue-tokens is %d; try again in %d ms"
                    .formatted(
                        serving.queue().waiting(), serving.settings().maxQueueTokens(), after)),
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
    return Status.INTERNAL.withDescription("the reference model failed: " + failure.getMessage());
  }

  /** A request that is not for this server in its present state. */
  private static final class Refusal extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Status status;

    Refusal(Status status) {
      this.status = status;
    }
  }

  /** One request with its answer's way back, counted once when it ends. */
  private final class Exchange {

    private final LogProbsRequest request;
    private final StreamObserver<LogProbsResponse> observer;
    private final long startNanos;

    /** A worker's thread ends the call, and its measurement is to name the caller's trace. */
    private final Context asker = Context.current();

    Exchange(LogProbsRequest request, StreamObserver<LogProbsResponse> observer, long startNanos) {
      this.request = request;
      this.observer = observer;
      this.startNanos = startNanos;
    }

    long startNanos() {
      return startNanos;
    }

    void onCancel(Runnable action) {
      ((ServerCallStreamObserver<LogProbsResponse>) observer).setOnCancelHandler(action);
    }

    void succeed(Serving serving, List<float[]> answers) {
      LogProbsResponse.Builder response =
          LogProbsResponse.newBuilder().setDigest(serving.model().digest());
      for (float[] answer : answers) {
        TokenLogProbs.Builder logProbs = TokenLogProbs.newBuilder();
        for (float logProb : answer) {
          logProbs.addLogProbs(logProb);
        }
        response.addResults(logProbs);
      }
      count(Status.Code.OK);
      observer.onNext(response.build());
      observer.onCompleted();
    }

    void fail(Status status, Metadata trailers) {
      count(status.getCode());
      if (status.getCode() != Status.Code.CANCELLED) {
        observer.onError(status.asRuntimeException(trailers));
      }
    }

    private void count(Status.Code code) {
      long nanos = System.nanoTime() - startNanos;
      asker.wrap(() -> metrics.answered(code, request.getSequencesCount(), nanos)).run();
    }
  }
}
