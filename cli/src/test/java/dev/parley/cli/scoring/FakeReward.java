package dev.parley.cli.scoring;

import dev.parley.proto.reward.v1.RewardServiceGrpc;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.reward.v1.ScoreResult;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Server;
import io.grpc.ServerBuilder;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A reward service that scores an answer by its length, reads what follows "=" out of it, and fails
 * "fail".
 */
final class FakeReward extends RewardServiceGrpc.RewardServiceImplBase implements AutoCloseable {

  final List<ScoreRequest> requests = new ArrayList<>();
  final Deque<io.grpc.Status> refusals = new ArrayDeque<>();
  private final Server server;

  FakeReward() throws IOException {
    server = ServerBuilder.forPort(0).addService(this).build().start();
  }

  String target() {
    return "localhost:" + server.getPort();
  }

  @Override
  public void score(ScoreRequest request, StreamObserver<ScoreResponse> observer) {
    if (!refusals.isEmpty()) {
      observer.onError(new StatusRuntimeException(refusals.pop()));
      return;
    }
    requests.add(request);
    ScoreResponse.Builder response = ScoreResponse.newBuilder();
    // In any order: an item is known by its id.
    for (int i = request.getItemsCount() - 1; i >= 0; i--) {
      ScoreItem item = request.getItems(i);
      response.addResults(
          ScoreResult.newBuilder()
              .setItemId(item.getItemId())
              .setScore(verdict(item))
              .setExtracted(answer(item).startsWith("=") ? answer(item).substring(1) : ""));
    }
    observer.onNext(response.build());
    observer.onCompleted();
  }

  private static String answer(ScoreItem item) {
    var messages = item.getConversation().getMessagesList();
    return messages.get(messages.size() - 1).getContent();
  }

  private static Score verdict(ScoreItem item) {
    String answer = answer(item);
    Score.Builder score = Score.newBuilder().setScorer("length").setModelVersion("v1");
    return answer.equals("fail")
        ? score.setStatus(Status.STATUS_FAILED).setError("too hard").build()
        : score
            .setStatus(Status.STATUS_OK)
            .setValue(answer.length())
            .putComponents("length", answer.length())
            .build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
