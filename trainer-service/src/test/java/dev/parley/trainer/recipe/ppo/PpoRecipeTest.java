package dev.parley.trainer.recipe.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.data.Split;
import dev.parley.model.LanguageModel;
import dev.parley.model.ModelDirectory;
import dev.parley.model.TinyModel;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Score;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.proto.version.v1.PolicyVersion;
import dev.parley.trainer.answers.RatioMetrics;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.critic.CriticMetrics;
import dev.parley.trainer.experience.LearningData;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyModels;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedBroker.class)
class PpoRecipeTest {

  @TempDir private static Path shared;
  private static PpoRig rig;

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PpoRig.make(broker, shared);
  }

  private ToyRun<PpoConfig> run(String name) {
    return rig.run(directory.resolve(name));
  }

  private static float[] weights(Path model) {
    try (LanguageModel opened = LanguageModel.open(model, EngineOptions.CPU)) {
      return opened.weights().flat().toFloatArray();
    }
  }

  /** Changes the score of the first answer to every prompt. */
  private static ToyPolicy.Behaviour changingFirstScores(Score score) {
    return PpoRig.changing(
        (prompt, completion) -> {
          if (completion.getSampleIndex() == 0) {
            completion.setScores(0, score);
          }
        });
  }

  // --- what is learnt ---

  @ParameterizedTest
  @ValueSource(strings = {"separate", "shared"})
  void theScoreRisesAndThePolicyMovesAwayFromItsReference(String trunk) {
    Heard heard =
        rig.finish(
                run("rises")
                    .with(
                        "value.trunk=" + trunk,
                        "prompts.per-update=12",
                        "prompts.samples=4",
                        "sampling.max-new-tokens=8",
                        "ppo.updates=10"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    assertThat((scores.get(8) + scores.get(9)) / 2).isGreaterThan(scores.get(0) + 0.2);
    List<Double> kl = heard.metric("objective/kl");
    assertThat(kl.get(0)).isCloseTo(0, within(1e-4));
    assertThat(kl.get(9)).isGreaterThan(1);
    assertThat(heard.metric("rollout/logprob_gap_median"))
        .allSatisfy(gap -> assertThat(gap).isLessThan(1e-4));
  }

  @Test
  void theScoreRisesInBfloat16Too() {
    Heard heard =
        rig.finish(
                run("bfloat16")
                    .with(
                        "engine.precision=bfloat16",
                        "value.trunk=shared",
                        "prompts.per-update=12",
                        "prompts.samples=4",
                        "sampling.max-new-tokens=8",
                        "ppo.updates=8"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    assertThat((scores.get(6) + scores.get(7)) / 2).isGreaterThan(scores.get(0) + 0.15);
    assertThat(heard.metric("rollout/logprob_gap_median"))
        .as("trainer in bfloat16, policy in single precision")
        .allSatisfy(gap -> assertThat(gap).isBetween(1e-5, 0.05));
  }

  @Test
  void theFinishedModelIsTheNewestVersion() {
    ToyRun<PpoConfig> run = run("finished").with("ppo.updates=2");
    assertThat(rig.finish(run).complete()).isTrue();
    Path newest = run.directory().versions().resolve("version-000002/model");
    assertThat(Bytes.of(run.directory().model())).isEqualTo(Bytes.of(newest));
    assertThat(weights(newest)).isNotEqualTo(weights(rig.model()));
  }

  @Test
  void theThreeNewestVersionsAreKept() {
    ToyRun<PpoConfig> run = run("kept").with("ppo.updates=5");
    assertThat(rig.finish(run).complete()).isTrue();
    assertThat(run.directory().versions().toFile().list())
        .containsExactlyInAnyOrder("version-000003", "version-000004", "version-000005");
  }

  @ParameterizedTest
  @CsvSource({
    "separate, 20, 2",
    "shared, 20, 2",
    "separate, 70, 2",
    "separate, 20, 1",
    "shared, 20, 1"
  })
  void theBudgetOfAPassChangesTheNumbersOnlyByRounding(String trunk, int budget, int minibatches) {
    String[] settings = {"value.trunk=" + trunk, "ppo.minibatches=" + minibatches, "ppo.updates=1"};
    Heard whole = rig.finish(run("whole").with(settings)).heard();
    Heard split =
        rig.finish(run("split").with(settings).with("engine.micro-batch-tokens=" + budget)).heard();
    for (String name :
        List.of(
            PpoMetrics.POLICY_LOSS,
            CriticMetrics.LOSS,
            OnPolicyMetrics.GRADIENT_NORM,
            CriticMetrics.GRADIENT_NORM,
            RatioMetrics.ENTROPY)) {
      assertThat(split.metric(1, name)).as(name).isCloseTo(whole.metric(1, name), within(1e-3));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.0", "0.7"})
  void logProbabilitiesFromTheRolloutsChangeTheNumbersOnlyByRounding(String temperature) {
    String[] settings = {"sampling.temperature=" + temperature, "ppo.updates=2"};
    Heard computed = rig.finish(run("computed").with(settings)).heard();
    Heard reused = rig.finish(run("reused").with(settings).with("ppo.old-log-probs=auto")).heard();
    assertThat(computed.metric("rollout/old_logprobs_reused")).containsOnly(0.0);
    assertThat(reused.metric("rollout/old_logprobs_reused")).containsOnly(1.0);
    assertThat(reused.warnings("old_log_probs")).isEmpty();
    for (String name :
        List.of(
            PpoMetrics.POLICY_LOSS,
            CriticMetrics.LOSS,
            OnPolicyMetrics.GRADIENT_NORM,
            OnPolicyMetrics.KL,
            RatioMetrics.ENTROPY)) {
      for (long update = 1; update <= 2; update++) {
        assertThat(reused.metric(update, name))
            .as(name)
            .isCloseTo(computed.metric(update, name), within(1e-3));
      }
    }
  }

  @Test
  void logProbabilitiesOfOlderWeightsAreComputedAgainAndThatIsToldOnce() {
    Heard heard =
        rig.finish(run("older").with("ppo.max-staleness=1", "ppo.old-log-probs=auto")).heard();
    assertThat(heard.metric("rollout/old_logprobs_reused")).containsExactly(1.0, 0.0, 0.0, 0.0);
    assertThat(heard.warnings("old_log_probs"))
        .singleElement()
        .asString()
        .startsWith("update 2, ppo.old-log-probs=auto: answers were made by older weights");
  }

  // --- versions ---

  @Test
  void everyVersionIsAnnouncedWithTheChecksumOfItsWeights() {
    ToyRun<PpoConfig> run = run("announced").with("ppo.updates=3");
    ToyPolicy policy = rig.policy(run, PpoRig::evenShare);
    try (policy) {
      run.run();
    }
    List<PolicyVersion> announced = policy.announced();
    assertThat(announced)
        .extracting(version -> version.getVersion().getVersion())
        .containsExactly(0L, 1L, 2L, 3L);
    assertThat(Path.of(URI.create(announced.get(0).getCheckpointUri()))).isEqualTo(rig.model());
    for (PolicyVersion version : announced) {
      assertThat(ModelDirectory.of(Path.of(URI.create(version.getCheckpointUri()))).digest())
          .isEqualTo(version.getVersion().getChecksum());
    }
    assertThat(announced)
        .extracting(version -> version.getVersion().getChecksum())
        .doesNotHaveDuplicates();
  }

  @Test
  void answersOfAVersionThatWasNeverPublishedAreRefused() {
    Heard heard =
        rig.finish(
                run("unknown").with("ppo.updates=2"),
                PpoRig.changing(
                    (prompt, completion) -> {
                      if (prompt.equals("u000001-p00000")) {
                        completion
                            .getVersionSpansBuilder(0)
                            .getVersionBuilder()
                            .setChecksum("of another run");
                      }
                    }))
            .heard();
    assertThat(heard.metric("rollout/kept_out")).containsExactly(2.0, 0.0);
    assertThat(heard.metric("rollout/num_samples")).containsExactly(6.0, 8.0);
    assertThat(heard.warnings("samples_kept_out"))
        .hasSize(1)
        .first()
        .asString()
        .contains("UNKNOWN_VERSION=2", "of another run");
  }

  // --- failed scores ---

  @Test
  void answersWhoseScoreFailedAreMaskedAndCounted() {
    Heard heard =
        rig.finish(
                run("failed").with("ppo.updates=2"),
                changingFirstScores(
                    Score.newBuilder()
                        .setStatus(Status.STATUS_FAILED)
                        .setValue(1e9)
                        .setError("the scorer fell over")
                        .build()))
            .heard();
    assertThat(heard.metric("rollout/kept_out")).containsExactly(4.0, 4.0);
    assertThat(heard.metric("objective/scores"))
        .allSatisfy(score -> assertThat(score).isBetween(0.0, 1.0));
    assertThat(heard.metric("episode")).containsExactly(4.0, 8.0);
    assertThat(heard.warnings("samples_kept_out"))
        .hasSize(2)
        .allSatisfy(
            warning ->
                assertThat(warning).contains("4 of 8", "SCORE_FAILED=4", "the scorer fell over"));
  }

  @Test
  void whateverStandsInAFailedScoreTheWeightsAreTheSame() {
    ToyRun<PpoConfig> zero = run("zero").with("ppo.updates=2");
    ToyRun<PpoConfig> garbage = run("garbage").with("ppo.updates=2");
    Score.Builder failed = Score.newBuilder().setStatus(Status.STATUS_FAILED);
    rig.finish(zero, changingFirstScores(failed.setValue(0).build()));
    rig.finish(garbage, changingFirstScores(failed.setValue(Double.NaN).build()));
    assertThat(Bytes.of(garbage.directory().model())).isEqualTo(Bytes.of(zero.directory().model()));
  }

  @Test
  void tooFewAnswersToLearnFromEndTheRunWithTheReason() {
    ToyRun<PpoConfig> run = run("quorum").with("reward.quorum=0.6");
    ToyPolicy policy =
        rig.policy(
            run,
            changingFirstScores(
                Score.newBuilder()
                    .setStatus(Status.STATUS_TIMED_OUT)
                    .setError("no answer in 5 s")
                    .build()));
    try (policy) {
      assertThatThrownBy(run::run)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("update 1: only 4 of 8 answers")
          .hasMessageContaining("reward.quorum asks for 0.6, and reward.retries=3 brought no more")
          .hasMessageContaining("no answer in 5 s");
    }
    assertThat(run.directory().versions()).doesNotExist();
  }

  @Test
  void promptsWhoseScoresFailedAreAskedAgainWithTheirSeedsUntilEnoughCanBeLearntFrom() {
    ToyRun<PpoConfig> whole = run("whole").with("ppo.updates=2");
    ToyRun<PpoConfig> retried = run("retried").with("ppo.updates=2");
    rig.finish(whole);
    Heard heard =
        rig.finish(
                retried,
                PpoRig.changing(
                    (prompt, completion) -> {
                      boolean secondTime = prompt.endsWith("-again1");
                      if (prompt.startsWith("u000001") && !prompt.endsWith("-again2")) {
                        completion
                            .getScoresBuilder(0)
                            .setStatus(Status.STATUS_TIMED_OUT)
                            .setError(secondTime ? "still away" : "away");
                      }
                    }))
            .heard();
    assertThat(heard.metric("rollout/asked_again")).containsExactly(8.0, 0.0);
    assertThat(heard.metric("rollout/kept_out")).containsExactly(0.0, 0.0);
    assertThat(heard.warnings("prompts_asked_again"))
        .hasSize(2)
        .first()
        .asString()
        .contains("update 1: 8 of 8 answers", "SCORE_TIMED_OUT=8", "retry 1 of reward.retries=3");
    assertThat(heard.warnings("prompts_asked_again").get(1)).contains("retry 2", "still away");
    assertThat(Bytes.of(retried.directory().model()))
        .isEqualTo(Bytes.of(whole.directory().model()));
  }

  @Test
  void onlyPromptsThatLackAnAnswerAreAskedAgainAndNoneIfThatIsSwitchedOff() {
    ToyPolicy.Behaviour threeAreLost =
        PpoRig.changing(
            (prompt, completion) -> {
              if (prompt.matches("u000001-p0000[012]")) {
                completion.getScoresBuilder(0).setStatus(Status.STATUS_FAILED).setError("away");
              }
            });
    Heard heard = rig.finish(run("three").with("ppo.updates=1"), threeAreLost).heard();
    assertThat(heard.metric("rollout/asked_again")).containsExactly(3.0);
    ToyRun<PpoConfig> never = run("never").with("ppo.updates=1", "reward.retries=0");
    ToyPolicy policy = rig.policy(never, threeAreLost);
    try (policy) {
      assertThatThrownBy(never::run)
          .hasMessageContaining("update 1: only 2 of 8 answers")
          .hasMessageContaining("reward.retries=0");
    }
  }

  @Test
  void exactlyTheQuorumIsEnough() {
    ToyRun<PpoConfig> run = run("enough").with("reward.quorum=0.5", "ppo.updates=1");
    Score failed = Score.newBuilder().setStatus(Status.STATUS_FAILED).build();
    assertThat(rig.finish(run, changingFirstScores(failed)).complete()).isTrue();
  }

  @Test
  void groupsThatWereNotGeneratedAreCountedNotWaitedFor() {
    ToyPolicy.Behaviour one =
        new ToyPolicy.Behaviour() {
          @Override
          public double score(int[] answer) {
            return PpoRig.evenShare(answer);
          }

          @Override
          public Rollout sent(Rollout rollout) {
            return rollout.getPrompt().getPromptId().endsWith("p00003")
                ? rollout.toBuilder()
                    .clearCompletions()
                    .setStatus(Status.STATUS_FAILED)
                    .setError("no room")
                    .build()
                : rollout;
          }
        };
    Heard heard = rig.finish(run("groups").with("ppo.updates=1"), one).heard();
    assertThat(heard.metric(1, "rollout/kept_out")).isEqualTo(2);
    assertThat(heard.warnings("samples_kept_out").get(0)).contains("NOT_GENERATED=2", "no room");
  }

  // --- KL ---

  @Test
  void theAdaptiveCoefficientRisesAboveTheTargetAndFallsBelowIt() {
    String[] adaptive = {"kl.controller=adaptive", "kl.horizon=40", "ppo.updates=3"};
    List<Double> rising =
        rig.finish(run("rising").with(adaptive).with("kl.target=0.001"))
            .heard()
            .metric("objective/kl_coef");
    List<Double> falling =
        rig.finish(run("falling").with(adaptive).with("kl.target=1000"))
            .heard()
            .metric("objective/kl_coef");
    // The first KL is 0 but for rounding; 8 answers of 40 may change β by a fifth of 20%.
    assertThat(rising.get(2) / rising.get(1)).isCloseTo(1.04, within(1e-9));
    assertThat(falling.get(1) / falling.get(0)).isCloseTo(0.96, within(1e-9));
    assertThat(falling.get(2) / falling.get(1)).isCloseTo(0.96, within(1e-9));
  }

  @Test
  void inTheLossTheKlIsNoPartOfTheReward() {
    Heard heard =
        rig.finish(run("loss").with("kl.place=loss", "kl.coefficient=0.5", "ppo.updates=2"))
            .heard();
    assertThat(heard.metric(2, "objective/kl")).isNotZero();
    assertThat(heard.metric(2, "objective/non_score_reward")).isZero();
    assertThat(heard.metric(2, "loss/kl_avg")).isNotZero();
  }

  @Test
  void withoutKlNoReferenceIsNeeded() {
    ToyRun<PpoConfig> run = run("free").with("kl.coefficient=0", "ppo.updates=2");
    Heard heard =
        rig.finish(
                run,
                PpoRig.changing(
                    (prompt, completion) ->
                        completion
                            .clearReferenceLogProbs()
                            .setReferenceStatus(Status.STATUS_FAILED)))
            .heard();
    assertThat(heard.metric("rollout/kept_out")).containsOnly(0.0);
    assertThat(heard.metric("objective/kl")).containsOnly(0.0);
  }

  @Test
  void theTargetKlEndsTheUpdatesPasses() {
    Heard heard =
        rig.finish(run("target").with("ppo.target-kl=1e-7", "ppo.epochs=4", "ppo.updates=2"))
            .heard();
    // The first step is on-policy; the second sees what it did.
    assertThat(heard.metric("optimizer_steps")).containsOnly(2.0);
    assertThat(heard.metric("policy/stopped_early")).containsOnly(1.0);
    Heard free = rig.finish(run("far").with("ppo.target-kl=1e6", "ppo.updates=1")).heard();
    assertThat(free.metric("optimizer_steps")).containsOnly(4.0);
    assertThat(free.metric("policy/stopped_early")).containsOnly(0.0);
  }

  // --- clipped scores ---

  private static ToyPolicy.Behaviour scoring(double least) {
    return new ToyPolicy.Behaviour() {
      @Override
      public double score(int[] answer) {
        return least + PpoRig.evenShare(answer);
      }
    };
  }

  @Test
  void scoresThatAreAllClippedAreWarnedOf() {
    Heard heard = rig.finish(run("clipped").with("ppo.updates=1"), scoring(11)).heard();
    assertThat(heard.metric(1, "objective/scores_clip_ratio")).isEqualTo(1);
    assertThat(heard.warnings("scores_clipped"))
        .singleElement()
        .asString()
        .contains("update 1: all scores, 11", "clipped to 10", "reward.clip=0");
  }

  @Test
  void scoresWithinTheirBoundsOrWithoutAnyAreNot() {
    Heard within = rig.finish(run("within").with("ppo.updates=1"), scoring(9)).heard();
    Heard free =
        rig.finish(run("free").with("ppo.updates=1", "reward.clip=0"), scoring(11)).heard();
    assertThat(within.metric(1, "objective/scores_clip_ratio")).isZero();
    assertThat(within.warnings("scores_clipped")).isEmpty();
    assertThat(free.metricNames()).doesNotContain("objective/scores_clip_ratio");
    assertThat(free.warnings("scores_clipped")).isEmpty();
  }

  // --- length ---

  @Test
  void lengthCostsWithinTheBuffer() {
    String[] once = {"ppo.updates=1", "sampling.min-new-tokens=6"};
    Heard plain = rig.finish(run("plain").with(once)).heard();
    Heard overlong =
        rig.finish(run("overlong").with(once).with("reward.overlong-buffer=6")).heard();
    assertThat(overlong.metric(1, "response_length/min")).isEqualTo(6);
    assertThat(overlong.metric(1, "objective/overlong_penalty")).isEqualTo(1);
    assertThat(plain.metricNames()).doesNotContain("objective/overlong_penalty");
    assertThat(overlong.metric(1, "objective/scores"))
        .isEqualTo(plain.metric(1, "objective/scores"));
    assertThat(overlong.metric(1, "critic/vf_explained_var"))
        .isNotEqualTo(plain.metric(1, "critic/vf_explained_var"));
  }

  @Test
  void nothingIsLearntFromMaskedAnswers() {
    ToyRun<PpoConfig> run = run("masked").with("reward.mask-truncated=true", "ppo.updates=1");
    ToyPolicy.Behaviour cutOff =
        PpoRig.changing(
            (prompt, completion) -> completion.setFinishReason(FinishReason.FINISH_REASON_LENGTH));
    Heard heard = rig.finish(run, cutOff).heard();
    assertThat(heard.metric(1, "rollout/num_samples")).isEqualTo(8);
    assertThat(heard.metric(1, "optimizer_steps")).isZero();
    assertThat(weights(run.directory().model())).isEqualTo(weights(rig.model()));
  }

  // --- the value function ---

  @ParameterizedTest
  @ValueSource(strings = {"separate", "shared"})
  void whileTheValueFunctionWarmsUpThePolicyStandsStill(String trunk) {
    ToyRun<PpoConfig> run =
        run("warm").with("value.trunk=" + trunk, "value.warm-up-updates=2", "ppo.updates=3");
    Heard heard = rig.finish(run).heard();
    float[] start = weights(rig.model());
    Path versions = run.directory().versions();
    assertThat(weights(versions.resolve("version-000001/model"))).isEqualTo(start);
    assertThat(weights(versions.resolve("version-000002/model"))).isEqualTo(start);
    assertThat(weights(versions.resolve("version-000003/model"))).isNotEqualTo(start);

    assertThat(heard.metric("critic/grad_norm")).allSatisfy(norm -> assertThat(norm).isPositive());
    assertThat(heard.metric("objective/kl").subList(0, 3))
        .allSatisfy(kl -> assertThat(kl).isCloseTo(0, within(1e-4)));
    assertThat(heard.metric(1, "actor/grad_norm")).isNull();
    assertThat(heard.metric(3, "actor/grad_norm")).isPositive();
  }

  @Test
  void aSeparateValueFunctionMayStartFromARewardModel() {
    Path reward = TinyModel.writeReward(directory.resolve("reward"), 5);
    Heard from = rig.finish(run("from").with("value.path=" + reward, "ppo.updates=1")).heard();
    Heard policy = rig.finish(run("policy").with("ppo.updates=1")).heard();
    assertThat(from.metric(1, "objective/scores")).isEqualTo(policy.metric(1, "objective/scores"));
    assertThat(from.metric(1, "critic/values/mean"))
        .isNotEqualTo(policy.metric(1, "critic/values/mean"));
  }

  // --- the pre-training mix ---

  @Test
  void thePretrainingMixAddsTheDemonstrationsLoss() {
    String[] once = {"ppo.updates=1", "ppo.epochs=1", "ppo.minibatches=1"};
    ToyRun<PpoConfig> without = run("without").with(once);
    ToyRun<PpoConfig> with =
        run("with")
            .with(once)
            .with(
                "ptx.coefficient=2",
                "ptx.files=" + rig.demonstrations(),
                "ptx.batch-size=8",
                "engine.micro-batch-tokens=100");
    Heard plain = rig.finish(without).heard();
    Heard mixed = rig.finish(with).heard();
    assertThat(plain.metric(1, "loss/ptx_avg")).isNull();
    assertThat(mixed.metric(1, "loss/ptx_avg")).isCloseTo(demonstrationsLoss(), within(1e-4));
    assertThat(mixed.metric(1, "actor/grad_norm"))
        .isGreaterThan(plain.metric(1, "actor/grad_norm"));
    assertThat(weights(with.directory().model()))
        .isNotEqualTo(weights(without.directory().model()));
  }

  private static double demonstrationsLoss() {
    try (TemplateEncoder encoder = TemplateEncoder.open(rig.model());
        LanguageModel model = LanguageModel.open(rig.model(), EngineOptions.CPU)) {
      List<LearningSequence> rows =
          LearningData.demonstrations(
                  new LearningData.Source(
                      List.of(rig.demonstrations().toString()), false, new Split(0, 1), 1000),
                  encoder)
              .train();
      PackedBatch packed = PackedBatch.of(rows);
      double sum = 0;
      for (float logProb :
          model.scores(packed.batch(), packed.predictors(), new float[0]).logProbs()) {
        sum -= logProb;
      }
      return sum / packed.learnt();
    }
  }

  // --- staleness ---

  @Test
  void rolloutsThatLagBehindAreCorrectedByImportanceWeights() {
    Heard heard = rig.finish(run("stale").with("ppo.max-staleness=1", "ppo.updates=4")).heard();
    assertThat(heard.metric("rollout/staleness")).containsExactly(0.0, 1.0, 1.0, 1.0);
    assertThat(heard.metric(1, "rollout_corr/rollout_is_mean")).isNull();
    for (long update = 2; update <= 4; update++) {
      assertThat(heard.metric(update, "rollout_corr/rollout_is_mean")).isBetween(0.3, 2.0);
      assertThat(heard.metric(update, "rollout_corr/rollout_is_eff_sample_size"))
          .isBetween(0.1, 0.9999);
      assertThat(heard.metric(update, "rollout/logprob_gap_max")).isGreaterThan(0.01);
    }
  }

  @Test
  void aPolicyThatSamplesFromAnotherDistributionIsCorrectedByImportanceWeights() {
    double apart = 0.125;
    ToyPolicy.Behaviour coarse =
        PpoRig.changing((prompt, completion) -> raiseLogProbs(completion, (float) apart));
    Heard exact = rig.finish(run("exact").with("ppo.updates=1")).heard();
    Heard heard = rig.finish(run("coarse").with("ppo.updates=1"), coarse).heard();
    assertThat(exact.metricNames()).doesNotContain("rollout_corr/rollout_is_mean");
    assertThat(heard.metric(1, "rollout/staleness")).isZero();
    assertThat(heard.metric(1, "rollout_corr/rollout_is_mean"))
        .isCloseTo(Math.exp(-apart), within(1e-3));
  }

  private static void raiseLogProbs(Completion.Builder completion, float nats) {
    for (int t = 0; t < completion.getTokenIdsCount(); t++) {
      completion.setSamplingLogProbs(t, completion.getSamplingLogProbs(t) + nats);
      completion.setModelLogProbs(t, completion.getModelLogProbs(t) + nats);
    }
  }

  @Test
  void importanceWeightsMayBeSwitchedOff() {
    Heard heard =
        rig.finish(
                run("uncorrected")
                    .with("ppo.max-staleness=1", "ppo.importance-cap=0", "ppo.updates=2"))
            .heard();
    assertThat(heard.metric(2, "rollout/staleness")).isEqualTo(1);
    assertThat(heard.metricNames()).doesNotContain("rollout_corr/rollout_is_mean");
  }

  // --- plan and checks ---

  @Test
  void thePlanSaysWhatTheRunWouldDo() {
    Path longer =
        ToyFiles.write(directory.resolve("long.jsonl"), List.of(ToyFiles.prompt("x".repeat(300))));
    Plan plan =
        run("plan")
            .with(
                "prompts.files=" + rig.prompts() + "," + longer,
                "ptx.coefficient=1",
                "ptx.files=" + rig.demonstrations(),
                "ppo.updates=5")
            .plan();
    assertThat(plan.lines())
        .contains(
            new Plan.Line("value function", "separate"),
            new Plan.Line("prompts", "12"),
            new Plan.Line("left out", "1 too long for max-tokens or the model"),
            new Plan.Line("demonstrations", "8, left out: none"),
            new Plan.Line("answers per update", "8 of at most 6 tokens, 2 to a prompt"),
            new Plan.Line("updates", "5"),
            new Plan.Line("optimizer steps", "20"));
  }

  @Test
  void anAnswerThatTheModelHasNoRoomForIsRefused() {
    assertThatThrownBy(() -> run("room").with("sampling.max-new-tokens=256").plan())
        .hasMessageContaining("sampling.max-new-tokens is 256")
        .hasMessageContaining("256 tokens");
  }

  @Test
  void aValueModelOfAnotherVocabularyIsRefused() {
    Path other = directory.resolve("other");
    assertThatThrownBy(
            () -> run("vocabulary").with("value.path=" + ToyModels.ofVocabulary(other, 100)).run())
        .hasMessageContaining("a vocabulary of 100 tokens, the policy one of 259");
  }

  @Test
  void aSilentPolicyEndsTheRunWithAMessageThatSaysWhatToLookAt() {
    ToyRun<PpoConfig> run = run("silent").with("ppo.rollout-timeout=1");
    assertThatThrownBy(run::run)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("0 of 4 of update 1 are here")
        .hasMessageContaining("parley.policy.run-id=" + run.config().run().id());
  }

  @Test
  void settingsThatContradictEachOtherAreAllNamed() {
    assertThatThrownBy(
            () ->
                run("wrong")
                    .with(
                        "model.start=random",
                        "run.kafka=",
                        "sampling.min-new-tokens=7",
                        "kl.coefficient=0",
                        "kl.controller=adaptive",
                        "value.trunk=shared",
                        "value.path=" + rig.model(),
                        "value.warm-up-updates=1",
                        "optimizer.weight-decay=0.1",
                        "ptx.coefficient=1")
                    .config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(
            "run.kafka is missing",
            "model.start is random",
            "sampling.min-new-tokens is 7",
            "kl.controller is adaptive",
            "value.path",
            "value.warm-up-updates",
            "ptx.files is missing");
  }
}
