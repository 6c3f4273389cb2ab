package dev.parley.trainer.recipe.grpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Completion;
import dev.parley.proto.rollout.v1.Rollout;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.proto.sampling.v1.FinishReason;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.onpolicy.PolicyRig;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedBroker.class)
class GrpoRecipeTest {

  /** With sampling.max-new-tokens at 6, every answer has as many. */
  private static final String SIX = "sampling.min-new-tokens=6";

  @TempDir private static Path shared;
  private static PolicyRig rig;

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PolicyRig.make(broker, shared);
  }

  private ToyRun<GrpoConfig> run(String name) {
    return rig.run(new GrpoRecipe(), "grpo", directory.resolve(name));
  }

  // --- what is learnt ---

  @ParameterizedTest
  @ValueSource(
      strings = {
        "grpo.loss=grpo",
        "grpo.loss=dapo grpo.clip-high=0.28 grpo.epochs=2",
        "grpo.loss=dr-grpo grpo.scale=none optimizer.learning-rate=3e-2",
        "grpo.loss=dapo grpo.ratio=sequence grpo.clip-low=3e-3 grpo.clip-high=4e-3 grpo.epochs=2"
      })
  void theScoreRisesAndThePolicyMovesAwayFromItsReference(String variant) {
    Heard heard =
        rig.finish(
                run("rises")
                    .with(variant.split(" "))
                    .with("prompts.per-update=12", "sampling.max-new-tokens=8", "grpo.updates=8"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    assertThat((scores.get(6) + scores.get(7)) / 2).isGreaterThan(scores.get(0) + 0.15);
    List<Double> kl = heard.metric("objective/kl");
    assertThat(kl.get(0)).isCloseTo(0, within(1e-4));
    assertThat(kl.get(7)).isGreaterThan(0.3);
    assertThat(heard.metric("rollout/logprob_gap_median"))
        .allSatisfy(gap -> assertThat(gap).isLessThan(1e-4));
  }

  @Test
  void theFinishedModelIsTheNewestVersion() {
    ToyRun<GrpoConfig> run = run("finished").with("grpo.updates=2");
    assertThat(rig.finish(run).complete()).isTrue();
    Path newest = run.directory().versions().resolve("version-000002/model");
    assertThat(Bytes.of(run.directory().model())).isEqualTo(Bytes.of(newest));
  }

  @Test
  void onTheFirstStepTheLossIsZeroUpToRoundingSinceAdvantagesOfAGroupAddUpToZero() {
    Heard heard = rig.finish(run("zero").with(SIX, "grpo.loss=dr-grpo", "grpo.updates=1")).heard();
    // Answers are of one length, so that every advantage counts the same.
    assertThat(heard.metric(1, "response_length/min")).isEqualTo(6);
    assertThat(heard.metric(1, "loss")).isCloseTo(0, within(1e-5));
    assertThat(heard.metric(1, "actor/grad_norm")).isPositive();
    assertThat(heard.metric(1, "val/ratio")).isCloseTo(1, within(1e-5));
  }

  @Test
  void theBudgetOfAPassChangesTheNumbersOnlyByRounding() {
    String[] settings = {"grpo.minibatches=2", "grpo.updates=1"};
    Heard whole = rig.finish(run("whole").with(settings)).heard();
    Heard split =
        rig.finish(run("split").with(settings).with("engine.micro-batch-tokens=20")).heard();
    for (String name : List.of("loss", "kl", "actor/grad_norm", "policy/entropy_avg")) {
      assertThat(split.metric(1, name)).as(name).isCloseTo(whole.metric(1, name), within(1e-3));
    }
  }

  @Test
  void theKlCostsNothingInTheRewardAndPullsInTheLoss() {
    Heard heard = rig.finish(run("kl").with("kl.coefficient=0.5")).heard();
    assertThat(heard.metric("objective/non_score_reward")).containsOnly(0.0);
    assertThat(heard.metric(4, "kl")).isPositive();
  }

  @Test
  void withoutKlNoReferenceIsNeeded() {
    Heard heard =
        rig.finish(
                run("free").with("kl.coefficient=0", "grpo.updates=2"),
                PolicyRig.changing(
                    (prompt, completion) ->
                        completion
                            .clearReferenceLogProbs()
                            .setReferenceStatus(Status.STATUS_FAILED)))
            .heard();
    assertThat(heard.metric("rollout/kept_out")).containsOnly(0.0);
    assertThat(heard.metricNames()).doesNotContain("kl");
  }

  @Test
  void theTargetKlEndsTheUpdatesPasses() {
    Heard heard =
        rig.finish(run("target").with("grpo.target-kl=1e-9", "grpo.epochs=4", "grpo.updates=1"))
            .heard();
    // The first step is on-policy; the second sees what it did.
    assertThat(heard.metric(1, "optimizer_steps")).isEqualTo(2);
    assertThat(heard.metric(1, "policy/stopped_early")).isEqualTo(1);
  }

  @Test
  void rolloutsThatLagBehindAreCorrectedByImportanceWeights() {
    Heard heard = rig.finish(run("stale").with("grpo.max-staleness=1")).heard();
    assertThat(heard.metric("rollout/staleness")).containsExactly(0.0, 1.0, 1.0, 1.0);
    assertThat(heard.metric(1, "rollout_corr/rollout_is_mean")).isNull();
    assertThat(heard.metric(4, "rollout_corr/rollout_is_mean")).isBetween(0.3, 2.0);
  }

  // --- dynamic sampling ---

  /** Answers to most prompts are all equally good; a prompt in three has a spread. */
  private static ToyPolicy.Behaviour fewWithSpread() {
    return new ToyPolicy.Behaviour() {
      @Override
      public double score(int[] answer) {
        return PolicyRig.evenShare(answer);
      }

      @Override
      public Rollout sent(Rollout rollout) {
        Rollout.Builder changed = rollout.toBuilder();
        String id = rollout.getPrompt().getPromptId();
        int number = Integer.parseInt(id.substring(id.length() - 5));
        for (Completion.Builder completion : changed.getCompletionsBuilderList()) {
          boolean good = number % 3 == 0 && completion.getSampleIndex() == 0;
          completion.getScoresBuilder(0).setValue(good ? 1 : 0);
        }
        return changed.build();
      }
    };
  }

  @Test
  void groupsWithoutSpreadAreReplacedByOtherPrompts() {
    Heard heard =
        rig.finish(
                run("dynamic").with("grpo.dynamic-sampling-rounds=9", "grpo.updates=2"),
                fewWithSpread())
            .heard();
    // Numbers 0 to 3 have spread at 0 and 3. Two are missing: 4 and 5, without; 8 and 9, one with;
    // 12, with.
    assertThat(heard.metric("rollout/groups_dropped")).containsOnly(5.0);
    assertThat(heard.metric("dynamic_filtering_pass_rate")).containsOnly(4.0 / 9);
    assertThat(heard.metric("rollout/num_samples")).containsOnly(16.0);
    assertThat(heard.metric("frac_reward_zero_std")).containsOnly(0.0);
    assertThat(heard.metric("group_reward_std")).containsOnly(0.5);
    assertThat(heard.warnings("groups_without_spread")).isEmpty();
  }

  @Test
  void whenTheRoundsAreUsedUpTheUpdateLearnsFromWhatThereIsAndSaysSo() {
    Heard heard =
        rig.finish(
                run("rounds").with("grpo.dynamic-sampling-rounds=1", "grpo.updates=1"),
                fewWithSpread())
            .heard();
    assertThat(heard.metric(1, "rollout/num_samples")).isEqualTo(8);
    assertThat(heard.warnings("groups_without_spread"))
        .singleElement()
        .asString()
        .contains("of 6 prompts only 2 have answers of different scores, 4 are wanted");
  }

  @Test
  void whereNothingHasASpreadTheUpdateStandsStillButForTheKl() {
    Heard heard =
        rig.finish(
                run("none")
                    .with("grpo.dynamic-sampling-rounds=1", "kl.coefficient=0", "grpo.updates=1"),
                answer -> 1)
            .heard();
    assertThat(heard.metric(1, "actor/grad_norm")).isZero();
    assertThat(heard.metric(1, "frac_reward_zero_std")).isEqualTo(1);
  }

  @Test
  void withoutDynamicSamplingGroupsWithoutSpreadAreKept() {
    Heard heard = rig.finish(run("static").with("grpo.updates=1"), fewWithSpread()).heard();
    assertThat(heard.metric(1, "rollout/num_samples")).isEqualTo(16);
    assertThat(heard.metric(1, "frac_reward_zero_std")).isEqualTo(0.5);
    assertThat(heard.metricNames()).doesNotContain("rollout/groups_dropped");
  }

  // --- length ---

  @Test
  void lengthCostsWithinTheBuffer() {
    Heard heard =
        rig.finish(run("overlong").with(SIX, "reward.overlong-buffer=6", "grpo.updates=1")).heard();
    assertThat(heard.metric(1, "response_length/mean")).isEqualTo(6);
    assertThat(heard.metric(1, "objective/overlong_penalty")).isEqualTo(1);
  }

  @Test
  void nothingIsLearntFromMaskedAnswers() {
    Heard heard =
        rig.finish(
                run("masked").with("reward.mask-truncated=true", "grpo.updates=1"),
                PolicyRig.changing(
                    (prompt, completion) ->
                        completion.setFinishReason(FinishReason.FINISH_REASON_LENGTH)))
            .heard();
    assertThat(heard.metric(1, "optimizer_steps")).isZero();
    assertThat(heard.metric(1, "rollout/num_samples")).isEqualTo(16);
  }

  // --- resuming ---

  @Test
  void aRunThatWasKilledEndsWithTheBytesOfAnUnbrokenOne() {
    ToyRun<GrpoConfig> unbroken =
        run("unbroken").with("run.id=same", "grpo.dynamic-sampling-rounds=3", "grpo.epochs=2");
    rig.finish(unbroken, fewWithSpread());
    ToyRun<GrpoConfig> broken =
        run("broken").with("grpo.dynamic-sampling-rounds=3", "grpo.epochs=2", "checkpoint.every=1");
    ToyPolicy policy = rig.policy(broken, fewWithSpread());
    try (policy) {
      assertThatThrownBy(() -> broken.run(ToyRun.killAfter(2))).isInstanceOf(ToyRun.Killed.class);
      assertThat(broken.resumed().run().complete()).isTrue();
    }
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
  }

  // --- plan and checks ---

  @Test
  void thePlanSaysWhatTheRunWouldDo() {
    assertThat(run("plan").with("grpo.minibatches=2", "grpo.epochs=3").plan().lines())
        .contains(
            new Plan.Line("prompts", "12"),
            new Plan.Line("answers per update", "16 of at most 6 tokens, 4 to a prompt"),
            new Plan.Line("updates", "4"),
            new Plan.Line("optimizer steps", "24"));
  }

  @Test
  void anUpdateOfMorePromptsThanThereAreIsWarnedOf() {
    assertThat(run("few").with("prompts.per-update=13").plan().lines())
        .contains(
            new Plan.Line(
                "warning",
                "prompts.per-update is 13, but there are only 12 prompts: every update holds some of"
                    + " them several times. Lower it to at most 12, or bring more"));
  }

  @Test
  void settingsThatContradictEachOtherAreAllNamed() {
    assertThatThrownBy(
            () ->
                run("wrong")
                    .with(
                        "run.kafka=",
                        "model.start=random",
                        "grpo.loss=cispo",
                        "grpo.delta=1.1",
                        "reward.overlong-buffer=7")
                    .config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll(
            "run.kafka is missing; GRPO learns from rollouts",
            "model.start is random",
            "grpo.clip-high is 0.2",
            "grpo.delta is 1.1",
            "reward.overlong-buffer is 7");
  }
}
