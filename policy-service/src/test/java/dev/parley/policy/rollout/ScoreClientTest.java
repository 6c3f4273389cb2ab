package dev.parley.policy.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.generation.FinishReason;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.generation.GeneratedSample;
import dev.parley.policy.generation.TinyEngine;
import dev.parley.policy.generation.VersionSpan;
import dev.parley.policy.prompt.EncodedPrompt;
import dev.parley.proto.conversation.v1.Conversation;
import dev.parley.proto.conversation.v1.Message;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.reward.v1.ScoreResponse;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ScoreClientTest {

  private static final GeneratedSample ANSWER =
      new GeneratedSample(
          0,
          new int[] {1},
          new float[] {0},
          new float[] {0},
          "an answer",
          FinishReason.LENGTH,
          1,
          List.of(new VersionSpan(0, TinyEngine.START)));

  private FakeReward reward;
  private ManagedChannel channel;
  private ScoreClient client;

  @BeforeEach
  void open() {
    reward = new FakeReward();
    channel = ManagedChannelBuilder.forTarget(reward.target()).usePlaintext().build();
    CallSettings once =
        new CallSettings(
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            1,
            Duration.ofMillis(1),
            Duration.ofMillis(1));
    PolicyMetrics metrics = new PolicyMetrics(new SimpleMeterRegistry());
    client = new ScoreClient(channel, PatientCall.of("reward", once, metrics, channel));
  }

  @AfterEach
  void close() {
    channel.shutdownNow();
    reward.close();
  }

  private static EncodedPrompt encoded(String text) {
    return new EncodedPrompt(new int[] {1}, "", Optional.ofNullable(text));
  }

  @Test
  void aConversationIsScoredWithTheAnswerAsItsLastTurn() throws Exception {
    Conversation asked =
        Conversation.newBuilder()
            .addMessages(Message.newBuilder().setRole("user").setContent("a question"))
            .build();
    Prompt prompt = Prompt.newBuilder().setRunId("run").setConversation(asked).build();
    client.score(prompt, encoded(null), List.of(ANSWER));
    assertThat(reward.requests()).singleElement();
    assertThat(reward.requests().get(0).getRunId()).isEqualTo("run");
    ScoreItem item = reward.requests().get(0).getItems(0);
    assertThat(item.getConversation().getMessagesList())
        .containsExactly(
            asked.getMessages(0),
            Message.newBuilder().setRole("assistant").setContent("an answer").build());
  }

  @Test
  void tokensAreScoredAsTheTextThatTheySpell() throws Exception {
    client.score(Prompt.getDefaultInstance(), encoded("spelt"), List.of(ANSWER));
    ScoreItem item = reward.requests().get(0).getItems(0);
    assertThat(item.getTexts().getPrompt()).isEqualTo("spelt");
    assertThat(item.getTexts().getResponse()).isEqualTo("an answer");
  }

  @Test
  void withoutTextThereIsNothingToScore() throws Exception {
    List<Score> scores =
        client.score(Prompt.getDefaultInstance(), encoded(null), List.of(ANSWER, ANSWER));
    assertThat(scores).hasSize(2).allMatch(score -> score.getStatus() == Status.STATUS_FAILED);
    assertThat(scores.get(0).getError()).contains("has no tokenizer");
    assertThat(reward.requests()).isEmpty();
  }

  @Test
  void aComponentThatIsNotFiniteFailsTheScore() throws Exception {
    reward.behave(
        (request, answer) -> {
          ScoreResponse.Builder response = ScoreResponse.newBuilder();
          response
              .addResultsBuilder()
              .setItemId("0")
              .getScoreBuilder()
              .setStatus(Status.STATUS_OK)
              .setValue(1)
              .putComponents("length", Double.POSITIVE_INFINITY);
          answer.onNext(response.build());
          answer.onCompleted();
        });
    Score score = client.score(Prompt.getDefaultInstance(), encoded("p"), List.of(ANSWER)).get(0);
    assertThat(score.getStatus()).isEqualTo(Status.STATUS_FAILED);
    assertThat(score.getError())
        .isEqualTo("its component length is Infinity, expected a finite number");
    assertThat(score.getComponentsMap()).isEmpty();
  }

  @Test
  void aStatusThatIsNotSaidIsAFailure() throws Exception {
    reward.behave(
        (request, answer) -> {
          ScoreResponse.Builder response = ScoreResponse.newBuilder();
          response.addResultsBuilder().setItemId("0").getScoreBuilder().setValue(1);
          answer.onNext(response.build());
          answer.onCompleted();
        });
    Score score = client.score(Prompt.getDefaultInstance(), encoded("p"), List.of(ANSWER)).get(0);
    assertThat(score.getStatus()).isEqualTo(Status.STATUS_FAILED);
    assertThat(score.getValue()).isZero();
  }

  @Test
  void aServiceThatIsAwayIsWaitedForAndThatIsNoTry() throws Exception {
    int port = reward.port();
    reward.close();
    CompletableFuture<List<Score>> scores =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return client.score(Prompt.getDefaultInstance(), encoded("p"), List.of(ANSWER));
              } catch (InterruptedException e) {
                throw new CompletionException(e);
              }
            });
    awaitState(ConnectivityState.TRANSIENT_FAILURE);
    reward = new FakeReward(new InetSocketAddress(port));
    assertThat(scores.join()).extracting(Score::getStatus).containsExactly(Status.STATUS_OK);
    assertThat(reward.requests()).hasSize(1);
  }

  private void awaitState(ConnectivityState wanted) throws InterruptedException {
    ConnectivityState state = channel.getState(false);
    while (state != wanted) {
      CountDownLatch changed = new CountDownLatch(1);
      channel.notifyWhenStateChanged(state, changed::countDown);
      changed.await();
      state = channel.getState(false);
    }
  }

  @Test
  void aScoreThatFailsBearsTheNameOfTheScorerThatAnsweredBefore() throws Exception {
    client.score(Prompt.getDefaultInstance(), encoded("p"), List.of(ANSWER));
    reward.behave(FakeReward.FAILING);
    Score score = client.score(Prompt.getDefaultInstance(), encoded("p"), List.of(ANSWER)).get(0);
    assertThat(score.getScorer()).isEqualTo("fake");
  }
}
