package dev.parley.reward;

import static dev.parley.reward.RewardClient.dialogue;
import static dev.parley.reward.RewardClient.request;
import static dev.parley.reward.RewardClient.tokens;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.proto.reward.v1.DescribeScorerRequest;
import dev.parley.proto.reward.v1.DescribeScorerResponse;
import dev.parley.proto.reward.v1.PromptResponse;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreRequest;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.reward.v1.ScoreResult;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import grpc.health.v1.HealthGrpc;
import grpc.health.v1.HealthOuterClass.HealthCheckRequest;
import grpc.health.v1.HealthOuterClass.HealthCheckResponse.ServingStatus;
import io.grpc.StatusRuntimeException;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.reflection.v1.ServiceResponse;
import io.grpc.stub.StreamObserver;
import io.quarkus.test.common.WithTestResource;
import io.quarkus.test.common.http.TestHTTPResource;
import io.quarkus.test.junit.QuarkusTest;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

@QuarkusTest
@WithTestResource(TinyReward.class)
class RewardGrpcServiceTest {

  private static final double TOLERANCE = 1e-3;

  @TestHTTPResource URL url;

  private RewardClient client;

  @BeforeEach
  void connect() {
    client = new RewardClient(url);
    client.awaitReady();
  }

  @AfterEach
  void disconnect() {
    client.close();
  }

  /** The tiny template and byte tokenizer, written out by hand. */
  private static int[] tokenIds(String question, String answer) {
    List<Integer> ids = new ArrayList<>();
    for (String[] turn : new String[][] {{"user", question}, {"assistant", answer}}) {
      ids.add(257);
      for (byte b : (turn[0] + "\n" + turn[1]).getBytes(StandardCharsets.US_ASCII)) {
        ids.add((int) b);
      }
      ids.add(258);
      ids.add((int) '\n');
    }
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }

  private static LanguageModel model() {
    try (LanguageModel language = TinyModel.create(TinyReward.SEED)) {
      return language.withHeads(Heads.SCORE, TinyReward.SEED + 1);
    }
  }

  private static double raw(LanguageModel model, String question, String answer) {
    return model.finalScalars(TokenBatch.of(List.of(tokenIds(question, answer))))[0];
  }

  private Score score(ScoreItem item) {
    ScoreResponse response = client.blocking().score(request(item));
    assertThat(response.getResultsList()).extracting(ScoreResult::getItemId).containsExactly("a");
    return response.getResults(0).getScore();
  }

  @Test
  void aConversationIsScoredByModelAndRule() {
    try (LanguageModel model = model()) {
      double raw = raw(model, "Tea?", "Yes please");
      Score score = score(dialogue("a", "Tea?", "Yes please"));
      assertThat(score.getStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(score.getScorer()).isEqualTo("total");
      assertThat(score.getValue()).isCloseTo(2 * raw + 0.5, within(TOLERANCE));
      assertThat(score.getComponentsMap().get("helpful.raw")).isCloseTo(raw, within(TOLERANCE));
      assertThat(score.getComponentsMap()).containsEntry("polite", 1.0);
      assertThat(score.getModelVersion()).matches("[0-9a-f]{64}");
      assertThat(score.getError()).isEmpty();
    }
  }

  @Test
  void textsAreScoredAsAConversation() {
    ScoreItem texts =
        ScoreItem.newBuilder()
            .setItemId("a")
            .setTexts(PromptResponse.newBuilder().setPrompt("Tea?").setResponse("No"))
            .build();
    assertThat(score(texts).getValue())
        .isCloseTo(score(dialogue("a", "Tea?", "No")).getValue(), within(TOLERANCE));
  }

  @Test
  void anItemThatFailsDoesNotFailTheOthersAndIsNeverAZero() {
    ScoreResponse response =
        client.blocking().score(request(dialogue("good", "Tea?", "No"), tokens("bad", 1, 2, 3)));
    assertThat(response.getResults(0).getScore().getStatus()).isEqualTo(Status.STATUS_OK);
    Score failed = response.getResults(1).getScore();
    assertThat(failed.getStatus()).isEqualTo(Status.STATUS_FAILED);
    assertThat(failed.getError()).startsWith("polite: a rule reads the answer's text");
    assertThat(response.getResults(1).getItemId()).isEqualTo("bad");
  }

  @Test
  void manyCallersEachGetTheScoresThatTheyWouldGetAlone() throws Exception {
    Random random = new Random(4);
    List<String> answers = new ArrayList<>();
    List<Future<ScoreResponse>> responses = new ArrayList<>();
    for (int caller = 0; caller < 60; caller++) {
      String answer = "a".repeat(1 + random.nextInt(40)) + caller;
      answers.add(answer);
      responses.add(
          client
              .future()
              .score(request(dialogue("1", "Q" + caller, answer), dialogue("2", "R", answer))));
    }
    try (LanguageModel model = model()) {
      for (int caller = 0; caller < responses.size(); caller++) {
        ScoreResponse response = responses.get(caller).get();
        assertThat(response.getResults(0).getScore().getValue())
            .isCloseTo(2 * raw(model, "Q" + caller, answers.get(caller)), within(TOLERANCE));
        assertThat(response.getResults(1).getScore().getValue())
            .isCloseTo(2 * raw(model, "R", answers.get(caller)), within(TOLERANCE));
      }
    }
  }

  @Test
  void anUnusableItemIsAnInvalidArgument() {
    assertThatThrownBy(
            () -> client.blocking().score(request(ScoreItem.newBuilder().setItemId("a").build())))
        .isInstanceOfSatisfying(
            StatusRuntimeException.class,
            e -> {
              assertThat(e.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT);
              assertThat(e.getStatus().getDescription()).contains("items[0] has no content");
            });
  }

  @Test
  void anEmptyRequestGetsAnEmptyAnswer() {
    assertThat(client.blocking().score(ScoreRequest.getDefaultInstance()).getResultsCount())
        .isZero();
  }

  @Test
  void aMessageOfManyMegabytesArrives() {
    Score score = score(dialogue("a", "Tea?", "please ".repeat(1_000_000)));
    assertThat(score.getStatus()).isEqualTo(Status.STATUS_FAILED);
    assertThat(score.getError()).contains("are more than the 256 that the reward model reads");
  }

  @Test
  void itSaysWhatScores() {
    DescribeScorerResponse description =
        client.blocking().describeScorer(DescribeScorerRequest.getDefaultInstance());
    assertThat(description.getScorer()).isEqualTo("total");
    assertThat(description.getModelVersion()).matches("[0-9a-f]{64}");
    assertThat(description.getComponentsList())
        .containsExactly(
            "helpful", "helpful.raw", "helpful.truncated_tokens", "polite", "polite.matches");
  }

  @Test
  void grpcHealthSaysThatItServes() {
    HealthCheckRequest request =
        HealthCheckRequest.newBuilder().setService("parley.reward.v1.RewardService").build();
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
    assertThat(names.join()).contains("parley.reward.v1.RewardService", "grpc.health.v1.Health");
    requests.onCompleted();
  }

  @Test
  void metricsCountRequestsAndItemsByStatus() throws Exception {
    client.blocking().score(request(dialogue("good", "Tea?", "No"), tokens("bad", 1)));
    assertThat(client.get("/q/metrics").body())
        .contains("parley_reward_requests_seconds_count{code=\"OK\"}")
        .contains("parley_reward_items_total{status=\"ok\"}")
        .contains("parley_reward_items_total{status=\"failed\"}")
        .contains("parley_reward_tokens_total{scorer=\"helpful\"}")
        .contains("parley_reward_batch_occupancy_count{scorer=\"helpful\"}")
        .contains("parley_reward_queue_items");
  }

  @Test
  void aliveAndReady() throws Exception {
    assertThat(client.get("/q/health/live").statusCode()).isEqualTo(200);
    assertThat(client.get("/q/health/ready").body()).contains("scorer");
  }
}
