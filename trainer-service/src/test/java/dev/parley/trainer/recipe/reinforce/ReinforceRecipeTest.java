package dev.parley.trainer.recipe.reinforce;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.proto.kafka.TestBroker;
import dev.parley.trainer.answers.PerToken;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.PolicyRig;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.toy.Heard;
import dev.parley.trainer.toy.SharedBroker;
import dev.parley.trainer.toy.ToyAnswers;
import dev.parley.trainer.toy.ToyRun;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(SharedBroker.class)
class ReinforceRecipeTest {

  @TempDir private static Path shared;
  private static PolicyRig rig;

  @TempDir private Path directory;

  @BeforeAll
  static void rig(TestBroker broker) {
    rig = PolicyRig.make(broker, shared);
  }

  private ToyRun<ReinforceConfig> run(String name) {
    return rig.run(new ReinforceRecipe(), "reinforce", directory.resolve(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "group"})
  void theScoreRisesAndThePolicyMovesAwayFromItsReference(String baseline) {
    Heard heard =
        rig.finish(
                run("rises")
                    .with(
                        "reinforce.baseline=" + baseline,
                        "prompts.per-update=12",
                        "sampling.max-new-tokens=8",
                        "reinforce.updates=8",
                        "reinforce.epochs=2"))
            .heard();
    List<Double> scores = heard.metric("objective/scores");
    assertThat((scores.get(6) + scores.get(7)) / 2).isGreaterThan(scores.get(0) + 0.15);
    assertThat(heard.metric("objective/kl").get(7)).isGreaterThan(0.3);
  }

  /**
   * Two answers to one prompt; the first is a quarter nat from the reference at its first token.
   */
  private static float[] advantages(String... sets) {
    List<String> all = new ArrayList<>(List.of("run.id=r", "model.path=/m", "prompts.files=f"));
    all.addAll(List.of(sets));
    ReinforceConfig config =
        Configuration.load(ReinforceConfig.class, Optional.empty(), all).recipe();
    float[][] logProbs = {{-1, -1}, {-1}};
    float[][] reference = {{-1.25f, -1}, {-1}};
    float[] rewards = {4, 1};
    List<Sample> samples =
        List.of(ToyAnswers.answer("p", 0, 2, 4, true), ToyAnswers.answer("p", 1, 1, 1, true));
    float[][] advantages =
        new ReinforceRecipe.Method(config)
            .estimate(
                new PolicyMethod.Answers(
                    samples,
                    new int[] {0, 0},
                    rewards,
                    logProbs,
                    reference,
                    new float[samples.size()][],
                    PerToken.mask(logProbs),
                    config.kl().coefficient()))
            .advantages();
    return PerToken.flatten(advantages, List.of(0, 1));
  }

  private static float[] whitened(double... values) {
    double mean = (values[0] + values[1] + values[2]) / 3;
    double squares = 0;
    for (double value : values) {
      squares += (value - mean) * (value - mean);
    }
    float[] whitened = new float[3];
    for (int i = 0; i < 3; i++) {
      whitened[i] = (float) ((values[i] - mean) / Math.sqrt(squares / 2));
    }
    return whitened;
  }

  @Test
  void advantagesAreTheReturnsWhitenedOverAllTokens() {
    assertThat(advantages("kl.coefficient=0")).containsExactly(whitened(4, 4, 1), within(1e-4f));
    assertThat(advantages("kl.coefficient=0", "reinforce.gamma=0.5"))
        .containsExactly(whitened(2, 4, 1), within(1e-4f));
  }

  @Test
  void theKlIsTakenFromTheRewardOfItsToken() {
    // A quarter nat at β = 4 costs 1 at the first token, whose return alone it lowers.
    assertThat(advantages("kl.coefficient=4")).containsExactly(whitened(3, 4, 1), within(1e-4f));
  }

  @Test
  void withABaselineTheGroupsMeanIsTakenFromTheWholeRewardFirst() {
    // 3 and 1 less their mean of 2
    assertThat(advantages("kl.coefficient=4", "reinforce.baseline=group", "prompts.samples=2"))
        .containsExactly(whitened(1, 1, -1), within(1e-4f));
  }

  @Test
  void aBaselineNeedsAGroup() {
    assertThatThrownBy(
            () ->
                run("wrong")
                    .with("reinforce.baseline=group", "prompts.samples=1", "reinforce.gamma=0.9")
                    .config())
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContainingAll("prompts.samples is 1", "reinforce.gamma is 0.9");
  }
}
