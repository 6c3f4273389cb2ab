package dev.parley.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.util.concurrent.ListenableFuture;
import dev.parley.policy.generation.GenerationEngine;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.policy.v1.GenerateRequest;
import dev.parley.proto.policy.v1.GenerateResponse;
import dev.parley.proto.policy.v1.GenerateStreamRequest;
import dev.parley.proto.policy.v1.GenerateStreamResponse;
import dev.parley.proto.policy.v1.PolicyServiceGrpc;
import dev.parley.proto.sampling.v1.SamplingParameters;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Status;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import jakarta.inject.Inject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What becomes of an answer whose caller is gone. The engine makes a step when the test says. */
@QuarkusTest
@QuarkusTestResource(TinyModelDirectory.class)
class CancellationTest {

  @TestHTTPResource URI address;
  @Inject PolicyServer server;

  private ManagedChannel channel;
  private GenerationEngine engine;
  private HeldEngine held;
  private double cancelledBefore;

  @BeforeEach
  void holdTheEngine() {
    Patience.await(server::ready);
    channel =
        ManagedChannelBuilder.forAddress(address.getHost(), address.getPort())
            .usePlaintext()
            .build();
    engine = server.model().orElseThrow().engine();
    held = new HeldEngine(server.model().orElseThrow());
    cancelledBefore = cancelledRequests();
  }

  @AfterEach
  void letGo() throws InterruptedException {
    held.letGo();
    channel.shutdownNow();
    assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    Patience.await(() -> engine.activeRows() == 0);
  }

  private static GenerateRequest request(int samples) {
    return GenerateRequest.newBuilder()
        .setTokens(Tokens.newBuilder().addTokenIds(5).addTokenIds(6))
        .setN(samples)
        .setSampling(
            SamplingParameters.newBuilder()
                .setMaxNewTokens(200)
                .setIgnoreEndOfSequence(true)
                .setSeed(3))
        .build();
  }

  private Iterator<GenerateStreamResponse> stream(int samples) {
    return PolicyServiceGrpc.newBlockingStub(channel)
        .generateStream(GenerateStreamRequest.newBuilder().setRequest(request(samples)).build());
  }

  /** Waits until so many answers are in line, and has them begun. */
  private void begin(int samples) {
    Patience.await(() -> engine.waitingRows() == samples);
    held.step();
    held.step();
    assertThat(engine.activeRows()).isEqualTo(1 + samples);
  }

  private void assertTheNextStepGoesOnWith(int rows) {
    Patience.await(() -> cancelledRequests() == cancelledBefore + 1);
    held.step();
    held.step();
    assertThat(engine.activeRows()).isEqualTo(rows);
  }

  private double cancelledRequests() {
    try (InputStream stream = address.resolve("/q/metrics").toURL().openStream()) {
      return new String(stream.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.startsWith("parley_policy_requests_seconds_count"))
          .filter(line -> line.contains("CANCELLED"))
          .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
          .sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aCancelledCallLeavesTheEngineAtTheNextStep() {
    ListenableFuture<GenerateResponse> call =
        PolicyServiceGrpc.newFutureStub(channel).generate(request(3));
    begin(3);
    call.cancel(true);
    assertTheNextStepGoesOnWith(1);
  }

  @Test
  void aCancelledStreamLeavesTheEngineAtTheNextStep() {
    try (Context.CancellableContext caller = Context.current().withCancellation()) {
      Context outside = caller.attach();
      Iterator<GenerateStreamResponse> stream = stream(3);
      caller.detach(outside);
      begin(3);
      assertThat(stream.next().getTokenId()).isNotNegative();
    }
    assertTheNextStepGoesOnWith(1);
  }

  @Test
  void anExpiredCallLeavesTheEngineAtTheNextStepAndItsConnectionAlone() {
    Iterator<GenerateStreamResponse> neighbour = stream(1);
    begin(1);
    ListenableFuture<GenerateResponse> late =
        PolicyServiceGrpc.newFutureStub(channel)
            .withDeadlineAfter(2, TimeUnit.SECONDS)
            .generate(request(2));
    Patience.await(() -> engine.waitingRows() == 2);
    held.step();
    held.step();
    assertThat(engine.activeRows()).isEqualTo(4);
    assertThatThrownBy(late::get)
        .isInstanceOf(ExecutionException.class)
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.DEADLINE_EXCEEDED));
    assertTheNextStepGoesOnWith(2);
    held.letGo();
    List<GenerateStreamResponse> whole = new ArrayList<>();
    neighbour.forEachRemaining(whole::add);
    assertThat(whole).hasSize(200);
  }

  @Test
  void aCancelledCallThatWaitsLeavesTheLine() {
    ListenableFuture<GenerateResponse> call =
        PolicyServiceGrpc.newFutureStub(channel).generate(request(8));
    Patience.await(() -> engine.waitingRows() == 8);
    call.cancel(true);
    assertTheNextStepGoesOnWith(1);
    assertThat(engine.waitingRows()).isZero();
  }
}
