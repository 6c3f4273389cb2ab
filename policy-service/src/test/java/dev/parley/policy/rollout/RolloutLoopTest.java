package dev.parley.policy.rollout;

import static dev.parley.policy.rollout.PolicyUnderTest.send;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.generation.Generation;
import dev.parley.model.generation.SamplingOptions;
import dev.parley.model.generation.Sequence;
import dev.parley.policy.Patience;
import dev.parley.policy.PolicyMetrics;
import dev.parley.policy.SharedBroker;
import dev.parley.policy.generation.SampleSeeds;
import dev.parley.policy.generation.TinyEngine;
import dev.parley.policy.serving.ServedVersion;
import dev.parley.proto.Topics;
import dev.parley.proto.conversation.v1.Tokens;
import dev.parley.proto.prompt.v1.Prompt;
import dev.parley.proto.reference.v1.LogProbsRequest;
import dev.parley.proto.reference.v1.LogProbsResponse;
import dev.parley.proto.reward.v1.ScoreItem;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.DeadLetter;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.sampling.v1.FinishReason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(SharedBroker.class)
class RolloutLoopTest {

  private static List<String> ids(List<Rollout> rollouts) {
    return rollouts.stream().map(rollout -> rollout.getPrompt().getPromptId()).toList();
  }

  private static List<String> numbered(int count) {
    return IntStream.range(0, count).mapToObj(i -> "p" + i).toList();
  }

  @Test
  void everyPromptGivesExactlyOneCommittedGroup() throws Exception {
    try (PolicyUnderTest policy = new PolicyUnderTest("once")) {
      policy.start();
      for (String id : numbered(20)) {
        send(policy.prompt(id));
        send(PolicyUnderTest.prompt("another-run", id));
      }
      policy.awaitRollouts(20);
      policy.loop().drain(Duration.ofMinutes(1));
      List<Rollout> rollouts = PolicyUnderTest.committedRollouts("once");
      assertThat(ids(rollouts)).containsExactlyInAnyOrderElementsOf(numbered(20));
      assertThat(rollouts).allMatch(rollout -> rollout.getStatus() == Status.STATUS_OK);
      assertThat(rollouts).allMatch(rollout -> rollout.getCompletionsCount() == 2);
      assertThat(PolicyUnderTest.committedRollouts("another-run")).isEmpty();
      assertThat(policy.counted(PolicyMetrics.ROLLOUTS, "status", "ok")).isEqualTo(20);
    }
    try (PolicyUnderTest second = new PolicyUnderTest("once")) {
      second.start();
      send(second.prompt("last"));
      assertThat(ids(second.awaitRollouts(21))).contains("last").hasSize(21);
    }
  }

  @Test
  void aRolloutCarriesAllThatAnyoneNeedsLater() {
    try (PolicyUnderTest policy = new PolicyUnderTest("whole")) {
      Prompt.Builder prompt = policy.prompt("p");
      prompt.setTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
      prompt.setReferenceAnswer("42").putMetadata("topic", "sums").setUpdate(3);
      prompt.getSamplingBuilder().setTemperature(0.7).setTopK(50);
      policy.start();
      send(prompt);
      Rollout rollout = policy.awaitRollouts(1).get(0);
      assertThat(rollout.getPrompt()).isEqualTo(prompt.build());
      assertThat(rollout.getPromptTokenIdsList()).containsExactly(5, 6, 7);
      assertThat(rollout.getSampling())
          .isEqualTo(prompt.getSampling().toBuilder().setTopP(1).build());
      assertThat(rollout.getTraceparent()).isEqualTo(prompt.getTraceparent());
      assertThat(rollout.getReferenceDigest()).isEqualTo(FakeReference.DIGEST);
      assertThat(rollout.getPolicyInstance()).isEqualTo("whole-policy");
      assertThat(rollout.getFinishedAtMs()).isPositive();
      assertThat(rollout.getTimings().getGenerationUs()).isPositive();
      assertThat(rollout.getTimings().getScoringUs()).isPositive();
      assertThat(rollout.getTimings().getReferenceUs()).isPositive();
      for (Completion completion : rollout.getCompletionsList()) {
        checkAgainstTheGenerator(completion, prompt.getSampling().getSeed());
        checkVerdicts(completion);
      }
      LogProbsRequest asked = policy.reference().requests().get(0);
      assertThat(asked.getTemperature()).isEqualTo(0.7);
      assertThat(asked.getSequences(0).getMaskList().subList(0, 4))
          .containsExactly(false, false, false, true);
      ScoreItem item = policy.reward().requests().get(0).getItems(0);
      assertThat(item.getTexts().getResponse()).isEqualTo(rollout.getCompletions(0).getText());
      assertThat(item.getReferenceAnswer()).isEqualTo("42");
      assertThat(item.getMetadataMap()).containsEntry("topic", "sums");
    }
  }

  private static void checkAgainstTheGenerator(Completion completion, long seed) {
    long sampleSeed = SampleSeeds.of(seed, completion.getSampleIndex());
    assertThat(completion.getSeed()).isEqualTo(sampleSeed);
    try (LanguageModel model = TinyModel.create(1)) {
      SamplingOptions options = new SamplingOptions(0.7, 50, 1, 10, 0, Set.of(), sampleSeed);
      TokenBatch prompt = TokenBatch.of(List.of(new int[] {5, 6, 7}));
      Sequence expected = Generation.all(model, prompt, options).get(0);
      assertThat(completion.getTokenIdsList())
          .isEqualTo(IntStream.of(expected.tokens()).boxed().toList());
    }
    assertThat(completion.getActionMaskList()).hasSize(10).containsOnly(true);
    assertThat(completion.getSamplingLogProbsList()).hasSize(10);
    assertThat(completion.getModelLogProbsList()).hasSize(10);
    assertThat(completion.getFinishReason()).isEqualTo(FinishReason.FINISH_REASON_LENGTH);
    assertThat(completion.getVersionSpansList()).hasSize(1);
    assertThat(completion.getVersionSpans(0).getVersion()).isEqualTo(TinyEngine.START.toProto());
  }

  private static void checkVerdicts(Completion completion) {
    assertThat(completion.getReferenceStatus()).isEqualTo(Status.STATUS_OK);
    assertThat(completion.getReferenceLogProbsList())
        .containsExactly(-3f, -4f, -5f, -6f, -7f, -8f, -9f, -10f, -11f, -12f);
    assertThat(completion.getScoresList())
        .singleElement()
        .satisfies(
            score -> {
              assertThat(score.getStatus()).isEqualTo(Status.STATUS_OK);
              assertThat(score.getScorer()).isEqualTo("fake");
              assertThat(score.getValue()).isEqualTo(0.5 + completion.getSampleIndex());
              assertThat(score.getComponentsMap()).containsEntry("length", 1.0);
              assertThat(score.getModelVersion()).isEqualTo("fake 1");
            });
  }

  @Test
  void aRecordThatIsNoPromptIsPutAsideAndTheNextIsAnswered() {
    try (PolicyUnderTest policy = new PolicyUnderTest("unreadable")) {
      byte[] noise = "no protobuf".getBytes(StandardCharsets.UTF_8);
      SharedBroker.send(Topics.PROMPTS, "unreadable/noise", noise);
      SharedBroker.send(Topics.PROMPTS, "unreadable/none", new byte[0]);
      policy.start();
      send(policy.prompt("good"));
      assertThat(ids(policy.awaitRollouts(1))).containsExactly("good");
      List<DeadLetter> letters =
          PolicyUnderTest.await(() -> policy.deadLetters(Topics.PROMPTS_DEAD_LETTER), 2);
      assertThat(letters)
          .anySatisfy(
              letter -> {
                assertThat(letter.getReason())
                    .startsWith("the value is no parley.prompt.v1.Prompt");
                assertThat(letter.getValue().toByteArray()).isEqualTo(noise);
                assertThat(letter.getTopic()).isEqualTo(Topics.PROMPTS);
              })
          .anySatisfy(letter -> assertThat(letter.getReason()).startsWith("run_id is empty"));
    }
  }

  @Test
  void aPromptThatCannotBeAnsweredGivesARolloutThatSaysSo() {
    try (PolicyUnderTest policy = new PolicyUnderTest("impossible")) {
      policy.start();
      send(
          policy
              .prompt("long")
              .setTokens(Tokens.newBuilder().addAllTokenIds(Collections.nCopies(300, 1))));
      send(policy.prompt("none").setGroupSize(0));
      send(policy.prompt("text").setText(""));
      Map<String, String> errors = new HashMap<>();
      for (Rollout rollout : policy.awaitRollouts(3)) {
        assertThat(rollout.getStatus()).isEqualTo(Status.STATUS_FAILED);
        assertThat(rollout.getCompletionsList()).isEmpty();
        errors.put(rollout.getPrompt().getPromptId(), rollout.getError());
      }
      assertThat(errors.get("long")).startsWith("tokens of the prompt are 300, expected fewer");
      assertThat(errors.get("none")).startsWith("group_size is 0, expected 1 to 64");
      assertThat(errors.get("text")).isEqualTo("text holds no tokens, expected at least one");
      assertThat(PolicyUnderTest.await(() -> policy.deadLetters(Topics.PROMPTS_DEAD_LETTER), 3))
          .extracting(DeadLetter::getReason)
          .containsExactlyInAnyOrderElementsOf(errors.values());
      assertThat(policy.counted(PolicyMetrics.ROLLOUTS, "status", "failed")).isEqualTo(3);
    }
  }

  @Test
  void aReferenceModelThatChangesIsAnError() {
    try (PolicyUnderTest policy = new PolicyUnderTest("changed")) {
      policy.start();
      send(policy.prompt("before"));
      assertThat(policy.awaitRollouts(1).get(0).getReferenceDigest())
          .isEqualTo(FakeReference.DIGEST);
      String other = "b".repeat(64);
      policy.reference().change(response -> response.toBuilder().setDigest(other).build());
      send(policy.prompt("after"));
      Rollout after =
          policy.awaitRollouts(2).stream()
              .filter(rollout -> rollout.getPrompt().getPromptId().equals("after"))
              .findFirst()
              .orElseThrow();
      assertThat(policy.reference().requests().get(1).getExpectedDigest())
          .isEqualTo(FakeReference.DIGEST);
      assertThat(after.getReferenceDigest()).isEmpty();
      for (Completion completion : after.getCompletionsList()) {
        assertThat(completion.getReferenceStatus()).isEqualTo(Status.STATUS_FAILED);
        assertThat(completion.getReferenceError()).startsWith("the reference model changed");
        assertThat(completion.getReferenceLogProbsList()).isEmpty();
      }
      assertThat(policy.counted(PolicyMetrics.MISSING_VALUES, "service", "reference")).isEqualTo(2);
    }
  }

  @Test
  void aReferenceLogProbabilityThatIsNotFiniteFailsItsCompletionOnly() {
    try (PolicyUnderTest policy = new PolicyUnderTest("infinite")) {
      policy
          .reference()
          .change(
              response -> {
                LogProbsResponse.Builder changed = response.toBuilder();
                changed.getResultsBuilder(1).setLogProbs(5, Float.NEGATIVE_INFINITY);
                return changed.build();
              });
      policy.start();
      send(policy.prompt("p"));
      Rollout rollout = policy.awaitRollouts(1).get(0);
      assertThat(rollout.getCompletions(0).getReferenceStatus()).isEqualTo(Status.STATUS_OK);
      assertThat(rollout.getCompletions(1).getReferenceStatus()).isEqualTo(Status.STATUS_FAILED);
      assertThat(rollout.getCompletions(1).getReferenceError())
          .startsWith("the reference log-probability of token 2 is -Infinity");
    }
  }

  @Test
  void aPromptWaitsForTheVersionThatItRequires() {
    try (PolicyUnderTest policy = new PolicyUnderTest("waits");
        LanguageModel next = TinyModel.create(2)) {
      policy.start();
      send(policy.prompt("now"));
      send(policy.prompt("later").setRequiredVersion(1));
      assertThat(ids(policy.awaitRollouts(1))).containsExactly("now");
      ServedVersion version = new ServedVersion(1, "c".repeat(64));
      policy.tiny().engine().swap(next.weights(), version).join();
      policy.loop().wake();
      Rollout later = policy.awaitRollouts(2).get(1);
      assertThat(later.getPrompt().getRequiredVersion()).isEqualTo(1);
      assertThat(later.getCompletions(0).getVersionSpans(0).getVersion())
          .isEqualTo(version.toProto());
    }
  }

  @Test
  void aPromptWhoseVersionDoesNotComeGivesARolloutThatSaysSo() {
    LoopSettings plain = PolicyUnderTest.settings("never", "never-policy");
    LoopSettings hasty =
        new LoopSettings(
            plain.runId(),
            plain.instanceId(),
            plain.maxPromptsInFlight(),
            Duration.ofMillis(300),
            plain.transactionTimeout(),
            plain.sessionTimeout(),
            plain.maxRecordBytes());
    try (PolicyUnderTest policy = new PolicyUnderTest("never", hasty)) {
      policy.start();
      send(policy.prompt("p").setRequiredVersion(9));
      Rollout rollout = policy.awaitRollouts(1).get(0);
      assertThat(rollout.getStatus()).isEqualTo(Status.STATUS_TIMED_OUT);
      assertThat(rollout.getError())
          .startsWith("version 9 is required, version 0 is still served after")
          .endsWith("version 9 was refused: it is broken");
    }
  }

  @Test
  void aRolloutThatTheBrokerDoesNotTakeBecomesOneThatSaysSo() {
    try (PolicyUnderTest policy = new PolicyUnderTest("large")) {
      policy.start();
      Prompt.Builder large = policy.prompt("large").setGroupSize(64);
      large.getSamplingBuilder().setMaxNewTokens(200);
      send(large);
      send(policy.prompt("small"));
      List<Rollout> rollouts = policy.awaitRollouts(2);
      Rollout refused =
          rollouts.stream()
              .filter(rollout -> rollout.getPrompt().getPromptId().equals("large"))
              .findFirst()
              .orElseThrow();
      assertThat(refused.getStatus()).isEqualTo(Status.STATUS_FAILED);
      assertThat(refused.getError()).startsWith("the broker does not take a rollout of this size");
      assertThat(refused.getPrompt().getGroupSize()).isEqualTo(64);
      assertThat(ids(rollouts)).containsExactlyInAnyOrder("large", "small");
    }
  }

  @Test
  void aFencedPolicyComesBackAndLosesAndDoublesNothing() throws Exception {
    try (PolicyUnderTest policy = new PolicyUnderTest("fenced")) {
      policy.start();
      for (String id : numbered(5)) {
        send(policy.prompt(id));
      }
      policy.awaitRollouts(1);
      Map<String, Object> usurper = new HashMap<>(PolicyUnderTest.kafka());
      usurper.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, "fenced-policy");
      try (KafkaProducer<String, byte[]> producer =
          new KafkaProducer<>(usurper, new StringSerializer(), new ByteArraySerializer())) {
        producer.initTransactions();
      }
      send(policy.prompt("p5"));
      policy.awaitRollouts(6);
      policy.loop().drain(Duration.ofMinutes(1));
      assertThat(ids(PolicyUnderTest.committedRollouts("fenced")))
          .containsExactlyInAnyOrderElementsOf(numbered(6));
      assertThat(policy.counted(PolicyMetrics.SESSION_FAILURES)).isGreaterThanOrEqualTo(1);
    }
  }

  @Test
  void aPolicyThatJoinsTakesPromptsOverAndNoneIsLostOrDoubled() throws Exception {
    LoopSettings first = PolicyUnderTest.settings("shared", "shared-first");
    LoopSettings second = PolicyUnderTest.settings("shared", "shared-second");
    try (PolicyUnderTest one = new PolicyUnderTest("shared", first);
        PolicyUnderTest two = new PolicyUnderTest("shared", second)) {
      one.start();
      for (String id : numbered(40)) {
        send(one.prompt(id));
        if (id.equals("p10")) {
          two.start();
        }
      }
      one.awaitRollouts(40);
      send(one.prompt("p40"));
      send(one.prompt("p41"));
      Patience.await(() -> PolicyUnderTest.committedRollouts("shared").size() >= 42);
      one.loop().drain(Duration.ofMinutes(1));
      two.loop().drain(Duration.ofMinutes(1));
      List<Rollout> rollouts = PolicyUnderTest.committedRollouts("shared");
      assertThat(ids(rollouts)).containsExactlyInAnyOrderElementsOf(numbered(42));
    }
  }

  @Test
  void drainingFinishesWhatWasBegunAndGivesBackTheRest() throws Exception {
    try (PolicyUnderTest policy = new PolicyUnderTest("drained")) {
      CountDownLatch asked = new CountDownLatch(3);
      CountDownLatch draining = new CountDownLatch(1);
      policy
          .reward()
          .behave(
              (request, answer) -> {
                asked.countDown();
                waitFor(draining);
                FakeReward.GOOD.accept(request, answer);
              });
      for (String id : numbered(12)) {
        send(policy.prompt(id));
      }
      policy.start();
      // Three are in flight, and the others wait.
      asked.await();
      CompletableFuture<Void> drained =
          CompletableFuture.runAsync(() -> drain(policy, Duration.ofMinutes(1)));
      Patience.await(() -> policy.loop().draining());
      draining.countDown();
      drained.join();
      assertThat(PolicyUnderTest.committedRollouts("drained")).hasSize(3);
    }
    try (PolicyUnderTest next = new PolicyUnderTest("drained")) {
      next.start();
      assertThat(ids(next.awaitRollouts(12))).containsExactlyInAnyOrderElementsOf(numbered(12));
    }
  }

  @Test
  void drainingGivesBackWhatIsNotFinishedInTime() {
    try (PolicyUnderTest policy = new PolicyUnderTest("hasty")) {
      CountDownLatch asked = new CountDownLatch(1);
      policy.reward().behave((request, answer) -> asked.countDown());
      policy.start();
      send(policy.prompt("p"));
      waitFor(asked);
      drain(policy, Duration.ofMillis(1));
      assertThat(PolicyUnderTest.committedRollouts("hasty")).isEmpty();
      assertThat(policy.counted(PolicyMetrics.PROMPTS_GIVEN_BACK)).isEqualTo(1);
    }
  }

  private static void drain(PolicyUnderTest policy, Duration patience) {
    try {
      policy.loop().drain(patience);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void closingGivesBackWhatIsInFlightUnpublished() {
    try (PolicyUnderTest policy = new PolicyUnderTest("closed")) {
      Prompt.Builder slow = policy.prompt("p");
      slow.getSamplingBuilder().setMaxNewTokens(200);
      policy.start();
      send(slow.setGroupSize(64));
      Patience.await(() -> policy.tiny().engine().activeRows() > 0);
      policy.loop().close();
      assertThat(PolicyUnderTest.committedRollouts("closed")).isEmpty();
      assertThat(policy.counted(PolicyMetrics.PROMPTS_GIVEN_BACK)).isEqualTo(1);
    }
  }

  @Test
  void scoresOfOneCompletionMayBeMissingWhileOthersAreThere() {
    Score score = Score.newBuilder().setStatus(Status.STATUS_FAILED).setError("no").build();
    Rollout rollout =
        Rollout.newBuilder()
            .addCompletions(
                Completion.newBuilder().addScores(score.toBuilder().setStatus(Status.STATUS_OK)))
            .addCompletions(Completion.newBuilder().setSampleIndex(1).addScores(score))
            .build();
    assertThat(RolloutRecords.defect(rollout))
        .contains("completion 1 has no score of  (STATUS_FAILED: no)");
  }
}
