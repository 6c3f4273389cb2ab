package dev.parley.bench.own;

import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import dev.parley.proto.reference.v1.ReferenceServiceGrpc.ReferenceServiceImplBase;
import dev.parley.proto.reference.v1.TokenLogProbs;
import dev.parley.proto.reward.v1.RewardServiceGrpc.RewardServiceImplBase;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Collections;

/**
 * A reward and a reference service on a real port that answer in full, and compute nothing: what
 * remains is the messages' way.
 */
final class ConstantNeighbours implements AutoCloseable {

  private static final float LOG_PROB = -1.5f;
  private static final String DIGEST = "a".repeat(64);

  private final Server server;

  ConstantNeighbours() {
    try {
      server =
          ServerBuilder.forPort(0)
              .addService(new ConstantRewards())
              .addService(new ConstantReference())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("no port for the neighbours", e);
    }
  }

  /** Returns where both are called. */
  String target() {
    return "localhost:" + server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }

  private static final class ConstantRewards extends RewardServiceImplBase {

    @Override
    public void score(ScoreRequest request, StreamObserver<ScoreResponse> answer) {
      ScoreResponse.Builder response = ScoreResponse.newBuilder();
      for (ScoreItem item : request.getItemsList()) {
        response
            .addResultsBuilder()
            .setItemId(item.getItemId())
            .setScore(
                Score.newBuilder()
                    .setScorer("constant")
                    .setStatus(Status.STATUS_OK)
                    .setValue(item.getItemId().length())
                    .setModelVersion(DIGEST));
      }
      answer.onNext(response.build());
      answer.onCompleted();
    }
  }

  private static final class ConstantReference extends ReferenceServiceImplBase {

    @Override
    public void logProbs(LogProbsRequest request, StreamObserver<LogProbsResponse> answer) {
      LogProbsResponse.Builder response = LogProbsResponse.newBuilder().setDigest(DIGEST);
      request
          .getSequencesList()
          .forEach(
              sequence ->
                  response.addResults(
                      TokenLogProbs.newBuilder()
                          .addAllLogProbs(
                              Collections.nCopies(sequence.getTokenIdsCount(), LOG_PROB))));
      answer.onNext(response.build());
      answer.onCompleted();
    }
  }
}
