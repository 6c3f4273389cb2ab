package dev.parley.cli.scoring;

import dev.parley.cli.Failure;
import dev.parley.cli.RetryingChannel;
import dev.parley.proto.reward.v1.RewardServiceGrpc;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.reward.v1.ScoreResult;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Asks a reward service for scores. A service that is busy or restarting is asked again. */
final class RewardClient implements AutoCloseable {

  private static final int MINUTES_PER_CALL = 10;

  private final String target;
  private final ManagedChannel channel;
  private final RewardServiceGrpc.RewardServiceBlockingStub stub;

  /**
   * A client; nothing is sent yet.
   *
   * @param target {@code HOST:PORT}
   */
  RewardClient(String target) {
    this.target = target;
    this.channel = RetryingChannel.to(target, RewardServiceGrpc.SERVICE_NAME).build();
    this.stub = RewardServiceGrpc.newBlockingStub(channel);
  }

  /**
   * Scores a batch.
   *
   * @param answers at least one
   * @return a verdict for each, in their order
   * @throws Failure if the service cannot be asked, or leaves one out
   */
  List<ScoreResult> score(List<Answer> answers) {
    List<ScoreItem> items = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      items.add(answers.get(i).item(Integer.toString(i)));
    }
    ScoreResponse response = ask(ScoreRequest.newBuilder().addAllItems(items).build());
    Map<String, ScoreResult> byItem = new HashMap<>();
    for (ScoreResult result : response.getResultsList()) {
      byItem.put(result.getItemId(), result);
    }
    List<ScoreResult> results = new ArrayList<>();
    for (ScoreItem item : items) {
      ScoreResult result = byItem.get(item.getItemId());
      if (result == null) {
        throw new Failure(
            "the reward service at %s gave %d results for %d answers"
                .formatted(target, response.getResultsCount(), items.size()),
            "It breaks its contract; see its log.");
      }
      results.add(result);
    }
    return results;
  }

  private ScoreResponse ask(ScoreRequest request) {
    try {
      return stub.withDeadlineAfter(MINUTES_PER_CALL, TimeUnit.MINUTES).score(request);
    } catch (StatusRuntimeException e) {
      throw new Failure(
          "the reward service at %s cannot score: %s"
              .formatted(target, e.getStatus().getCode() + reason(e)),
          switch (e.getStatus().getCode()) {
            case UNAVAILABLE -> "Is it running, and is this its port? parley up prints the ports.";
            case RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED ->
                "It has more to do than it can hold; ask for less at once with --batch.";
            case UNIMPLEMENTED -> "Something else listens there; expected parley's reward-service.";
            default -> "";
          },
          e);
    }
  }

  private static String reason(StatusRuntimeException e) {
    String description = e.getStatus().getDescription();
    return description == null ? "" : " (" + description + ")";
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
