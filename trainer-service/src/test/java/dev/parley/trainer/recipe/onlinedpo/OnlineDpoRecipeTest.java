package dev.parley.trainer.recipe.onlinedpo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.proto.kafka.TestBroker;
import dev.parley.proto.rollout.v1.Status;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.onpolicy.PolicyRig;
import dev.parley.trainer.recipe.onlinedpo.PairUpdate.Pair;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedBroker.class)
class OnlineDpoRecipeTest {

  @TempDir private static Path shared;
  private static PolicyRig rig;

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PolicyRig.make(broker, shared);
  }

  private ToyRun<OnlineDpoConfig> run(String name) {
    return rig.run(new OnlineDpoRecipe(), "online-dpo", directory.resolve(name));
  }

  @Test
  void theScoreRisesAndChosenAnswersBecomeLikelierThanRejectedOnes() {
    Heard heard =
        rig.finish(
                run("rises")
                    .with(
                        "prompts.per-update=12",
                        "sampling.max-new-tokens=8",
                        "online-dpo.updates=8",
                        "online-dpo.epochs=2"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    assertThat((scores.get(6) + scores.get(7)) / 2).isGreaterThan(scores.get(0) + 0.1);
    assertThat(heard.metric("rewards/margins").get(7)).isPositive();
    assertThat(heard.metric("objective/kl").get(7)).isGreaterThan(0.1);
  }

  @Test
  void atTheReferenceTheLossIsLogTwo() {
    Heard heard = rig.finish(run("first").with("online-dpo.updates=1")).heard();
    assertThat(heard.metric(1, "loss")).isCloseTo(Math.log(2), within(1e-4));
    assertThat(heard.metric(1, "rewards/margins")).isCloseTo(0, within(1e-4));
  }

  @Test
  void theBudgetOfAPassChangesTheNumbersOnlyByRounding() {
    String[] settings = {"online-dpo.updates=2"};
    Heard whole = rig.finish(run("whole").with(settings)).heard();
    Heard split =
        rig.finish(run("split").with(settings).with("engine.micro-batch-tokens=40")).heard();
    for (String name : List.of("loss", "rewards/margins", "actor/grad_norm")) {
      assertThat(split.metric(2, name)).as(name).isCloseTo(whole.metric(2, name), within(1e-3));
    }
  }

  @Test
  void promptsWhoseAnswersAreAsGoodAsEachOtherAreLeftOutAndCounted() {
    Heard heard = rig.finish(run("tied").with("online-dpo.updates=1"), answer -> 1).heard();
    assertThat(heard.metric(1, "rollout/pairs")).isZero();
    assertThat(heard.metric(1, "rollout/pairs_tied")).isEqualTo(4);
    assertThat(heard.metric(1, "optimizer_steps")).isZero();
  }

  @Test
  void answersWithoutAReferenceCannotBeLearntFrom() {
    ToyRun<OnlineDpoConfig> run = run("bare");
    assertThatThrownBy(
            () ->
                rig.finish(
                    run,
                    PolicyRig.changing(
                        (prompt, completion) ->
                            completion.setReferenceStatus(Status.STATUS_FAILED))))
        .hasMessageContaining("only 0 of 16 answers can be learnt from");
  }

  @Test
  void aPairIsTheBestAndTheWorstAnswerOfAGroup() {
    float[] rewards = {2, 5, 1, 7, 7, 3, 4};
    int[] groups = {0, 0, 0, 1, 1, 2, 2};
    assertThat(PairUpdate.pairs(rewards, groups, 0))
        .containsExactly(new Pair(1, 2), new Pair(6, 5));
    assertThat(PairUpdate.pairs(rewards, groups, 2)).containsExactly(new Pair(1, 2));
  }

  @Test
  void aLossThatNeedsLabelSmoothingIsRefused() {
    assertThatThrownBy(() -> run("exo").with("online-dpo.variant=exo-pair").config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("online-dpo.variant is exo-pair");
  }
}
