package dev.parley.reference;

import static dev.parley.reference.ReferenceClient.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.proto.reference.v1.DescribeReferenceRequest;
import dev.parley.proto.reference.v1.DescribeReferenceResponse;
import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import dev.parley.proto.reference.v1.TokenSequence;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.QuarkusTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@QuarkusTestResource(TinyReference.class)
class ReferenceGrpcServiceTest {

  private static final float TOLERANCE = 1e-4f;

  @TestHTTPResource URL url;

  private ReferenceClient client;

  @BeforeEach
  void connect() {
    client = new ReferenceClient(url);
    client.awaitReady();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  private static int[] randomTokens(Random random) {
    return random.ints(1 + random.nextInt(30), 0, 256).toArray();
  }

  /** What the model says about one sequence alone. */
  private static float[] expected(LanguageModel model, int[] tokens, double temperature) {
    float[] logProbs = model.logProbs(TokenBatch.of(List.of(tokens)), temperature).get(0);
    float[] aligned = new float[tokens.length];
    System.arraycopy(logProbs, 0, aligned, 1, logProbs.length);
    return aligned;
  }

  private static void assertClose(LogProbsResponse response, int index, float[] expected) {
    List<Float> found = response.getResults(index).getLogProbsList();
    assertThat(found).hasSize(expected.length);
    for (int t = 0; t < expected.length; t++) {
      assertThat(found.get(t)).as("token %d", t).isCloseTo(expected[t], within(TOLERANCE));
    }
  }

  private static void assertStatus(ThrowingCallable call, Status.Code code, String... parts) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(code);
              assertThat(e.getStatus().getDescription()).contains(parts);
            });
  }

  @Test
  void logProbsAreThoseOfTheModel() {
    int[] first = {1, 2, 3, 4, 5};
    int[] second = {9, 8};
    int[] single = {7};
    try (LanguageModel model = TinyModel.create(11)) {
      LogProbsResponse response = client.blocking().logProbs(request(first, second, single));
      assertClose(response, 0, expected(model, first, 1));
      assertClose(response, 1, expected(model, second, 1));
      assertClose(response, 2, new float[] {0});
      assertThat(response.getDigest()).matches("[0-9a-f]{64}");
    }
  }

  @Test
  void temperatureDividesTheLogits() {
    int[] tokens = {1, 2, 3, 4, 5};
    try (LanguageModel model = TinyModel.create(11)) {
      LogProbsRequest request = request(tokens).toBuilder().setTemperature(0.7).build();
      assertClose(client.blocking().logProbs(request), 0, expected(model, tokens, 0.7));
    }
  }

  @Test
  void manyCallersEachGetTheNumbersThatTheyWouldGetAlone() throws Exception {
    Random random = new Random(5);
    List<int[][]> sequences = new ArrayList<>();
    List<Double> temperatures = new ArrayList<>();
    List<Future<LogProbsResponse>> answers = new ArrayList<>();
    for (int caller = 0; caller < 60; caller++) {
      int[][] own = {randomTokens(random), randomTokens(random), randomTokens(random)};
      double temperature = caller % 2 == 0 ? 1 : 0.5 + random.nextDouble();
      sequences.add(own);
      temperatures.add(temperature);
      answers.add(
          client.future().logProbs(request(own).toBuilder().setTemperature(temperature).build()));
    }
    try (LanguageModel model = TinyModel.create(11)) {
      for (int caller = 0; caller < answers.size(); caller++) {
        LogProbsResponse response = answers.get(caller).get();
        for (int i = 0; i < 3; i++) {
          int[] tokens = sequences.get(caller)[i];
          assertClose(response, i, expected(model, tokens, temperatures.get(caller)));
        }
      }
    }
  }

  @Test
  void aRequestWithoutSequencesGetsTheDigest() {
    LogProbsResponse response = client.blocking().logProbs(LogProbsRequest.getDefaultInstance());
    assertThat(response.getResultsCount()).isZero();
    assertThat(response.getDigest()).isNotEmpty();
  }

  @Test
  void anUnusableSequenceIsAnInvalidArgument() {
    assertStatus(
        () -> client.blocking().logProbs(request(new int[] {1}, new int[] {1, 259})),
        Status.Code.INVALID_ARGUMENT,
        "sequences[1]: token_ids[1] is 259, the vocabulary has 259 tokens");
  }

  @Test
  void aMessageOfManyMegabytesArrives() {
    LogProbsRequest.Builder large = LogProbsRequest.newBuilder();
    TokenSequence.Builder tooLong = TokenSequence.newBuilder();
    for (int i = 0; i < 6_000_000; i++) {
      tooLong.addTokenIds(1);
    }
    assertStatus(
        () -> client.blocking().logProbs(large.addSequences(tooLong).build()),
        Status.Code.INVALID_ARGUMENT,
        "sequences[0]: 6000000 tokens are more than the model's longest sequence, 256");
  }

  @Test
  void anotherDigestThanExpectedFailsThePrecondition() {
    String digest = client.blocking().logProbs(LogProbsRequest.getDefaultInstance()).getDigest();
    LogProbsRequest.Builder request = request(new int[] {1, 2}).toBuilder();
    assertThat(client.blocking().logProbs(request.setExpectedDigest(digest).build()).getDigest())
        .isEqualTo(digest);
    assertStatus(
        () -> client.blocking().logProbs(request.setExpectedDigest("abc").build()),
        Status.Code.FAILED_PRECONDITION,
        "expected_digest is abc",
        digest);
  }

  @Test
  void itSaysWhichModelItIs() {
    DescribeReferenceResponse description =
        client.blocking().describeReference(DescribeReferenceRequest.getDefaultInstance());
    assertThat(description.getArchitecture()).isEqualTo("LlamaForCausalLM");
    assertThat(description.getVocabularySize()).isEqualTo(259);
    assertThat(description.getMaxPositions()).isEqualTo(256);
    assertThat(description.getDigest()).matches("[0-9a-f]{64}");
  }

  @Test
  void grpcHealthSaysThatItServes() {
    HealthCheckRequest request =
        HealthCheckRequest.newBuilder().setService("parley.reference.v1.ReferenceService").build();
    assertThat(HealthGrpc.newBlockingStub(client.channel()).check(request).getStatus())
        .isEqualTo(ServingStatus.SERVING);
  }

  @Test
  void reflectionListsTheService() {
    CompletableFuture<List<String>> names = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> requests =
        ServerReflectionGrpc.newStub(client.channel())
            .serverReflectionInfo(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ServerReflectionResponse response) {
                    names.complete(
                        response.getListServicesResponse().getServiceList().stream()
                            .map(ServiceResponse::getName)
                            .toList());
                  }

                  @Override
                  public void onError(Throwable failure) {
                    names.completeExceptionally(failure);
                  }

                  @Override
                  public void onCompleted() {}
                });
    requests.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    assertThat(names.join())
        .contains("parley.reference.v1.ReferenceService", "grpc.health.v1.Health");
    requests.onCompleted();
  }

  @Test
  void metricsCountRequestsByStatus() throws Exception {
    client.blocking().logProbs(request(new int[] {1, 2, 3}));
    assertThat(client.get("/q/metrics").body())
        .contains("parley_reference_requests_seconds_count{code=\"OK\"}")
        .contains("parley_reference_sequences_total{status=\"ok\"}")
        .contains("parley_reference_tokens_total")
        .contains("parley_reference_queue_tokens")
        .contains("parley_reference_batch_occupancy_count");
  }

  @Test
  void aliveAndReady() throws Exception {
    assertThat(client.get("/q/health/live").statusCode()).isEqualTo(200);
    assertThat(client.get("/q/health/ready").body()).contains("reference model");
  }
}
