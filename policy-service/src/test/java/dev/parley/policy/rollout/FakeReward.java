package dev.parley.policy.rollout;

import dev.parley.proto.reward.v1.RewardServiceGrpc;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiConsumer;

/** A reward service on a real port that behaves as a test wants. */
public final class FakeReward extends RewardServiceGrpc.RewardServiceImplBase
    implements AutoCloseable {

  /** Scores each answer by its index plus one half. */
  public static final BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> GOOD =
      (request, answer) -> answer(request, answer, 0.5);

  /** Never answers. */
  public static final BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> HANGING =
      (request, answer) -> {};

  /** Answers with an error. */
  public static final BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> FAILING =
      (request, answer) ->
          answer.onError(
              io.grpc.Status.INTERNAL.withDescription("the scorer broke").asRuntimeException());

  /** Gives no number. */
  public static final BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> NOT_A_NUMBER =
      (request, answer) -> answer(request, answer, Double.NaN);

  /** Says of each answer that it cannot be scored, and yet gives a number. */
  public static final BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> REFUSING =
      (request, answer) -> {
        ScoreResponse.Builder response = ScoreResponse.newBuilder();
        for (ScoreItem item : request.getItemsList()) {
          response
              .addResultsBuilder()
              .setItemId(item.getItemId())
              .setScore(
                  Score.newBuilder()
                      .setScorer("fake")
                      .setStatus(Status.STATUS_FAILED)
                      .setValue(7)
                      .setError("the answer is too long to score"));
        }
        answer.onNext(response.build());
        answer.onCompleted();
      };

  private final Server server;
  private final List<ScoreRequest> requests = new CopyOnWriteArrayList<>();
  private final List<String> traceparents = new CopyOnWriteArrayList<>();
  private volatile BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> behaviour = GOOD;

  /** Starts on a free port. */
  public FakeReward() {
    this(new InetSocketAddress(0));
  }

  /** Starts. */
  FakeReward(InetSocketAddress address) {
    try {
      server =
          NettyServerBuilder.forAddress(address)
              .addService(ServerInterceptors.intercept(this, new TraceparentReader()))
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private final class TraceparentReader implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata headers, ServerCallHandler<A, B> next) {
      String traceparent =
          headers.get(Metadata.Key.of("traceparent", Metadata.ASCII_STRING_MARSHALLER));
      if (traceparent != null) {
        traceparents.add(traceparent);
      }
      return next.startCall(call, headers);
    }
  }

  private static void answer(
      ScoreRequest request, StreamObserver<ScoreResponse> answer, double value) {
    ScoreResponse.Builder response = ScoreResponse.newBuilder();
    for (ScoreItem item : request.getItemsList()) {
      response
          .addResultsBuilder()
          .setItemId(item.getItemId())
          .setScore(
              Score.newBuilder()
                  .setScorer("fake")
                  .setStatus(Status.STATUS_OK)
                  .setValue(value + Integer.parseInt(item.getItemId()))
                  .putComponents("length", 1)
                  .setModelVersion("fake 1"));
    }
    answer.onNext(response.build());
    answer.onCompleted();
  }

  /** Behaves so from now on. */
  public void behave(BiConsumer<ScoreRequest, StreamObserver<ScoreResponse>> next) {
    behaviour = next;
  }

  /** Returns the requests so far. */
  public List<ScoreRequest> requests() {
    return requests;
  }

  /** Returns the traceparents of the requests that had one. */
  public List<String> traceparents() {
    return traceparents;
  }

  /** Returns where it is. */
  public String target() {
    return "localhost:" + port();
  }

  /** Returns where it listens. */
  int port() {
    return server.getPort();
  }

  @Override
  public void score(ScoreRequest request, StreamObserver<ScoreResponse> answer) {
    requests.add(request);
    behaviour.accept(request, answer);
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
