package dev.parley.trainer.recipe.rloo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.proto.kafka.TestBroker;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.PolicyRig;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyAnswers;
import dev.parley.trainer.toy.ToyPolicy;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(SharedBroker.class)
class RlooRecipeTest {

  @TempDir private static Path shared;
  private static PolicyRig rig;

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PolicyRig.make(broker, shared);
  }

  private ToyRun<RlooConfig> run(String name) {
    return rig.run(new RlooRecipe(), "rloo", directory.resolve(name));
  }

  @Test
  void theScoreRisesAndThePolicyMovesAwayFromItsReference() {
    Heard heard =
        rig.finish(
                run("rises")
                    .with(
                        "prompts.per-update=12",
                        "sampling.max-new-tokens=8",
                        "rloo.updates=8",
                        "rloo.epochs=2"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    assertThat((scores.get(6) + scores.get(7)) / 2).isGreaterThan(scores.get(0) + 0.15);
    assertThat(heard.metric("objective/kl").get(7)).isGreaterThan(0.3);
    assertThat(heard.metric(8, "objective/non_score_reward"))
        .isCloseTo(-0.05 * heard.metric(8, "objective/kl"), within(1e-9));
  }

  @Test
  void rolloutsThatLagBehindAreWeightedAnswerByAnswer() {
    Heard heard = rig.finish(run("stale").with("rloo.max-staleness=1")).heard();
    assertThat(heard.metric("rollout/staleness")).containsExactly(0.0, 1.0, 1.0, 1.0);
    assertThat(heard.metric(4, "rollout_corr/rollout_is_mean")).isBetween(0.1, 2.0);
  }

  @Test
  void theAdaptiveCoefficientFollowsTheKlAndGoesOnWhereARunWasKilled() {
    String[] adaptive = {"kl.controller=adaptive", "kl.horizon=80", "kl.target=1000"};
    ToyRun<RlooConfig> run = run("adaptive").with(adaptive).with("checkpoint.every=1");
    ToyRun.Ended ended;
    ToyPolicy policy = rig.policy(run, PolicyRig::evenShare);
    try (policy) {
      assertThatThrownBy(() -> run.run(ToyRun.killAfter(2))).isInstanceOf(ToyRun.Killed.class);
      ended = run.resumed().run();
    }
    // 16 answers of 80 may change β by a fifth of 20%.
    assertThat(ended.heard().metric(3, "objective/kl_coef"))
        .isCloseTo(0.05 * 0.96 * 0.96, within(1e-9));
  }

  /** Three answers to one prompt and two to another; the first is ½ nat from the reference. */
  private static float[] advantages(String... sets) {
    List<String> all = new ArrayList<>(List.of("run.id=r", "model.path=/m", "prompts.files=f"));
    all.addAll(List.of(sets));
    RlooConfig config = Configuration.load(RlooConfig.class, Optional.empty(), all).recipe();
    float[][] logProbs = {{-1, -1}, {-1}, {-1}, {-1}, {-1}};
    float[][] reference = {{-1.25f, -1.25f}, {-1}, {-1}, {-1}, {-1}};
    float[] rewards = {6, 3, 0, 1, 2};
    List<Sample> samples = new ArrayList<>();
    for (int b = 0; b < rewards.length; b++) {
      samples.add(ToyAnswers.answer("p", b, logProbs[b].length, rewards[b], true));
    }
    float[][] advantages =
        new RlooRecipe.Method(config)
            .estimate(
                new PolicyMethod.Answers(
                    samples,
                    new int[] {0, 0, 0, 1, 1},
                    rewards,
                    logProbs,
                    reference,
                    new float[samples.size()][],
                    PerToken.mask(logProbs),
                    config.kl().coefficient()))
            .advantages();
    return PerToken.flatten(advantages, List.of(0, 1, 2, 3, 4));
  }

  @Test
  void theBaselineIsTheMeanOfTheOtherAnswersToThePrompt() {
    assertThat(advantages("kl.coefficient=0")).containsExactly(4.5f, 4.5f, 0, -4.5f, -1, 1);
  }

  @Test
  void theKlOfTheWholeAnswerIsTakenFromItsReward() {
    // ½ nat at β = 2 costs 1: 5, 3, 0
    assertThat(advantages("kl.coefficient=2")).containsExactly(3.5f, 3.5f, 0.5f, -4, -1, 1);
  }

  @Test
  void normalisedAdvantagesHaveMeanZeroAndDeviationOneOverTheUpdate() {
    float[] plain = advantages("kl.coefficient=0");
    float[] normal = advantages("kl.coefficient=0", "rloo.normalize-advantages=true");
    // 4.5, 0, −4.5, −1, 1: mean 0, deviation √(42.5 / 4)
    double deviation = Math.sqrt(42.5 / 4) + 1e-4;
    for (int i = 0; i < plain.length; i++) {
      assertThat(normal[i]).isCloseTo((float) (plain[i] / deviation), within(1e-5f));
    }
  }
}
