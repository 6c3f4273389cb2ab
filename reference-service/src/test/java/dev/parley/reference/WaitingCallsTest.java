package dev.parley.reference;

import static dev.parley.reference.ReferenceClient.await;
import static dev.parley.reference.ReferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.proto.grpc.RetryAfter;
import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.quarkus.test.common.QuarkusTestResource;
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
@QuarkusTestResource(TinyReference.class)
@TestProfile(WaitingCallsTest.PatientWorker.class)
class WaitingCallsTest {

  public static class PatientWorker implements QuarkusTestProfile {
    @Override
    public Map<String, String> getConfigOverrides() {
      return Map.of(
          "parley.reference.longest-wait-ms", "3600000",
          "parley.reference.batch-tokens", "1000",
          "parley.reference.max-queue-tokens", "10");
    }
  }

  private static final LogProbsRequest SIX_TOKENS = request(new int[] {1, 2, 3, 4, 5, 6});

  @TestHTTPResource URL url;
  @Inject ReferenceServer server;

  private ReferenceClient client;

  @BeforeEach
  void connect() {
    client = new ReferenceClient(url);
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

  private Future<LogProbsResponse> waitingCall() {
    Future<LogProbsResponse> call = client.future().logProbs(SIX_TOKENS);
    await("the call in the queue", () -> waiting() == 6);
    return call;
  }

  private String forwardPasses() throws Exception {
    return client
        .get("/q/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("parley_reference_forward_seconds_count"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void beyondTheFullQueueRequestsAreToldWhenToComeAgain() {
    waitingCall();
    assertThatThrownBy(() -> client.blocking().logProbs(SIX_TOKENS))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
              assertThat(e.getStatus().getDescription())
                  .contains("6 tokens wait, parley.reference.max-queue-tokens is 10");
              assertThat(e.getTrailers().get(RetryAfter.MILLISECONDS)).matches("[1-9]\\d*");
            });
  }

  @Test
  void aRequestThatCouldNeverWaitIsAnInvalidArgument() {
    assertThatThrownBy(() -> client.blocking().logProbs(request(new int[11])))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
              assertThat(e.getStatus().getDescription())
                  .contains("holds 11 tokens, parley.reference.max-queue-tokens allows 10");
            });
  }

  @Test
  void aCancelledCallLeavesTheQueueAndCostsNothing() throws Exception {
    Future<LogProbsResponse> call = waitingCall();
    call.cancel(true);
    await("an empty queue", () -> waiting() == 0);
    assertThat(forwardPasses()).endsWith(" 0.0");
  }

  @Test
  void anExpiredCallLeavesTheQueueAndCostsNothing() throws Exception {
    assertThatThrownBy(
            () ->
                client
                    .blocking()
                    .withDeadlineAfter(100, TimeUnit.MILLISECONDS)
                    .logProbs(SIX_TOKENS))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> assertThat(e.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    await("an empty queue", () -> waiting() == 0);
    assertThat(forwardPasses()).endsWith(" 0.0");
  }
}
