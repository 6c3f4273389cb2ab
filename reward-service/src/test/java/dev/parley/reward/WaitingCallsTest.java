package dev.parley.reward;

import static dev.parley.reward.RewardClient.await;
import static dev.parley.reward.RewardClient.dialogue;
import static dev.parley.reward.RewardClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.proto.grpc.RetryAfter;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import io.quarkus.test.junit.QuarkusTestProfile;
import io.quarkus.test.junit.TestProfile;
import jakarta.inject.Inject;
import java.net.URL;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What happens to calls in the queue: here the worker waits for more of them for an hour. */
@QuarkusTest
@TestProfile(WaitingCallsTest.PatientWorker.class)
class WaitingCallsTest {

  /** Rules need no model: this configuration is complete. */
  public static class PatientWorker implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "parley.reward.scorer", "polite",
          "parley.reward.scorers.polite.type", "keyword",
          "parley.reward.scorers.polite.words.please", "1",
          "parley.reward.longest-wait-ms", "3600000",
          "parley.reward.batch-items", "100",
          "parley.reward.max-queue-items", "3");
    }
  }

  private static final ScoreRequest TWO_ITEMS =
      request(dialogue("a", "Q", "A"), dialogue("b", "Q", "B"));

  @TestHTTPResource URL url;
  @Inject RewardServer server;

  private RewardClient client;

  @BeforeEach
  void connect() {
    client = new RewardClient(url);
    client.awaitReady();
  }

  @AfterEach
  void disconnect() {
    client.close();
    await("an empty queue", () -> waiting() == 0);
  }

  private int waiting() {
    return server.serving().orElseThrow().queue().waiting();
  }

  private Future<ScoreResponse> waitingCall() {
    Future<ScoreResponse> call = client.future().score(TWO_ITEMS);
    await("the call in the queue", () -> waiting() == 2);
    return call;
  }

  private String batches() throws Exception {
    return client
        .get("/q/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("parley_reward_batch_items_count"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void beyondTheFullQueueRequestsAreToldWhenToComeAgain() {
    waitingCall();
    assertThatThrownBy(() -> client.blocking().score(TWO_ITEMS))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
              assertThat(e.getStatus().getDescription())
                  .contains("2 items wait, parley.reward.max-queue-items is 3");
              assertThat(e.getTrailers().get(RetryAfter.MILLISECONDS)).matches("[1-9]\\d*");
            });
  }

  @Test
  void aRequestThatCouldNeverWaitIsAnInvalidArgument() {
    ScoreRequest four =
        TWO_ITEMS.toBuilder()
            .addItems(dialogue("c", "Q", "A"))
            .addItems(dialogue("d", "Q", "A"))
            .build();
    assertThatThrownBy(() -> client.blocking().score(four))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
              assertThat(e.getStatus().getDescription())
                  .contains("holds 4 items, parley.reward.max-queue-items allows 3");
            });
  }

  @Test
  void aCancelledCallLeavesTheQueueAndCostsNothing() throws Exception {
    waitingCall().cancel(true);
    await("an empty queue", () -> waiting() == 0);
    assertThat(batches()).endsWith(" 0.0");
  }

  @Test
  void anExpiredCallLeavesTheQueueAndCostsNothing() throws Exception {
    assertThatThrownBy(
            () -> client.blocking().withDeadlineAfter(100, TimeUnit.MILLISECONDS).score(TWO_ITEMS))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    await("an empty queue", () -> waiting() == 0);
    assertThat(batches()).endsWith(" 0.0");
  }
}
