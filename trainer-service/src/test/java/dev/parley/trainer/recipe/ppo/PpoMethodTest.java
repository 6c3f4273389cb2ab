package dev.parley.trainer.recipe.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.answers.Evaluation;
import dev.parley.trainer.answers.RewardShaping;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.policygradient.PolicyMethod;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.toy.ToyLearner;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PpoMethodTest {

  private static final float ROUNDING = 1e-4f;

  private static Learner policy;
  private static Learner critic;
  private static Learner both;

  @BeforeAll
  static void models() {
    LanguageModel language = TinyModel.create(1);
    policy = ToyLearner.of(language);
    critic = ToyLearner.of(language.withHeads(Heads.SCORE, 2));
    both = ToyLearner.of(language.withHeads(Heads.LANGUAGE_AND_VALUE, 3));
  }

  @AfterAll
  static void close() {
    policy.close();
    critic.close();
    both.close();
  }

  private static PpoConfig config(String... sets) {
    List<String> all =
        Stream.concat(Stream.of("run.id=r", "model.path=/m", "prompts.files=f"), Stream.of(sets))
            .toList();
    return Configuration.load(PpoConfig.class, Optional.empty(), all).recipe();
  }

  /** An answer of which the second token is somebody else's. */
  private static Sample sample(int[] tokens, double score, boolean ended, double temperature) {
    boolean[] actions = new boolean[tokens.length];
    float[] sampling = new float[tokens.length];
    float[] reference = new float[tokens.length];
    for (int t = 0; t < tokens.length; t++) {
      actions[t] = t != 1;
      sampling[t] = -1 - t;
      reference[t] = -2 - t;
    }
    return new Sample(
        "p",
        0,
        new int[] {3, 4, 5},
        tokens,
        actions,
        sampling,
        sampling,
        reference,
        score,
        Map.of(),
        ended,
        temperature,
        0,
        0,
        "");
  }

  private static final Sample LONG = sample(new int[] {10, 11, 12, 13}, 2, true, 1);
  private static final Sample SHORT = sample(new int[] {20, 21, 22}, 0.5, false, 0.7);
  private static final List<Sample> SAMPLES = List.of(LONG, SHORT);

  /** What is known of answers, and what PPO makes of it. */
  private record Experience(
      PolicyMethod.Answers answers, float[][] rewards, PolicyMethod.Estimate estimate) {

    float[][] logProbs() {
      return answers.logProbs();
    }

    float[][] referenceLogProbs() {
      return answers.referenceLogProbs();
    }

    float[][] values() {
      return answers.values();
    }

    float[][] advantages() {
      return estimate.advantages();
    }

    float[][] returns() {
      return estimate.returns().orElseThrow();
    }
  }

  private static Experience of(Learner values, String... sets) {
    return of(SAMPLES, values, config(sets));
  }

  private static Experience of(List<Sample> samples, Learner values, PpoConfig config) {
    try (Accumulation accumulation = SharedSettings.accumulation(config.engine(), 2);
        Evaluation evaluation = evaluate(samples, values, accumulation, config)) {
      return of(samples, evaluation, config);
    }
  }

  private static Experience of(List<Sample> samples, Evaluation evaluation, PpoConfig config) {
    RewardShaping shaping = RewardShaping.of(PpoRecipe.settings(config).run());
    PolicyMethod.Answers answers = PolicyMethod.Answers.of(samples, evaluation, shaping, 0.1);
    PpoMethod method = new PpoMethod(config, Optional.empty());
    return new Experience(answers, method.rewards(answers), method.estimate(answers));
  }

  private static Evaluation evaluate(
      List<Sample> samples, Learner values, Accumulation accumulation, PpoConfig config) {
    return Evaluation.of(
        samples,
        values == both ? both : policy,
        Optional.of(values),
        0,
        false,
        accumulation,
        PpoRecipe.settings(config).run());
  }

  @ParameterizedTest
  @ValueSource(ints = {4096, 1})
  void logProbabilitiesAreThoseOfTheActionTokensAtTheirTemperature(int budget) {
    Experience experience = of(critic, "engine.micro-batch-tokens=" + budget);
    for (int b = 0; b < SAMPLES.size(); b++) {
      Sample sample = SAMPLES.get(b);
      float[] all =
          policy
              .model()
              .logProbs(TokenBatch.of(List.of(sample.sequence().tokens())), sample.temperature())
              .get(0);
      float[] answer = Arrays.copyOfRange(all, 2, all.length);
      assertThat(experience.logProbs()[b])
          .containsExactly(sample.atActions(answer), within(ROUNDING));
    }
  }

  @Test
  void valuesAreReadWhereTheActionIsChosen() {
    Experience experience = of(critic);
    float[] all =
        critic
            .model()
            .scores(
                TokenBatch.of(List.of(LONG.sequence().tokens())), new int[] {2, 4, 5}, new float[0])
            .scalars();
    assertThat(experience.values()[0]).containsExactly(all, within(ROUNDING));
  }

  @Test
  void aSharedTrunkGivesLogProbabilitiesAndValuesFromOneModel() {
    Experience experience = of(both);
    assertThat(experience.logProbs()[0])
        .containsExactly(of(critic).logProbs()[0], within(ROUNDING));
    assertThat(experience.values()[0]).hasSize(3);
  }

  @Test
  void samplingAndReferenceNumbersArePickedAtTheActions() {
    PpoConfig config = config();
    try (Accumulation accumulation = SharedSettings.accumulation(config.engine(), 2);
        Evaluation evaluation = evaluate(SAMPLES, critic, accumulation, config)) {
      Experience experience = of(SAMPLES, evaluation, config);
      assertThat(evaluation.samplingLogProbs()[0]).containsExactly(-1, -3, -4);
      assertThat(experience.referenceLogProbs()[1]).containsExactly(-2, -4);
      assertThat(experience.answers().mask()[0]).containsExactly(true, true, true);
    }
  }

  @Test
  void theRewardIsTheKlAtEveryActionAndTheScoreAtTheLast() {
    Experience experience = of(critic, "reward.missing-eos-penalty=1");
    for (int b = 0; b < 2; b++) {
      float[] logProbs = experience.logProbs()[b];
      float[] reference = experience.referenceLogProbs()[b];
      float[] expected = new float[logProbs.length];
      for (int t = 0; t < expected.length; t++) {
        expected[t] = -0.1f * (logProbs[t] - reference[t]);
      }
      expected[expected.length - 1] += b == 0 ? 2f : 0.5f - 1f;
      assertThat(experience.rewards()[b]).containsExactly(expected, within(ROUNDING));
    }
  }

  @Test
  void withTheKlInTheLossTheRewardIsTheScoreAlone() {
    Experience experience = of(critic, "kl.place=loss", "reward.missing-eos-penalty=0");
    assertThat(experience.rewards()[0]).containsExactly(0, 0, 2);
    assertThat(experience.rewards()[1]).containsExactly(0, 0.5f);
  }

  @Test
  void scoresAreClippedUnlessThatIsSwitchedOff() {
    String[] plain = {"kl.place=loss", "reward.missing-eos-penalty=0"};
    assertThat(of(critic, with(plain, "reward.clip=1")).rewards()[0]).containsExactly(0, 0, 1);
    assertThat(of(critic, with(plain, "reward.clip=0")).rewards()[0]).containsExactly(0, 0, 2);
  }

  private static String[] with(String[] sets, String more) {
    String[] all = Arrays.copyOf(sets, sets.length + 1);
    all[sets.length] = more;
    return all;
  }

  @Test
  void returnsMinusValuesAreTheAdvantagesBeforeWhitening() {
    Experience plain = of(critic, "ppo.whiten-advantages=false");
    for (int b = 0; b < 2; b++) {
      for (int t = 0; t < plain.advantages()[b].length; t++) {
        assertThat(plain.returns()[b][t] - plain.values()[b][t])
            .isCloseTo(plain.advantages()[b][t], within(ROUNDING));
      }
    }
  }

  @Test
  void whitenedAdvantagesHaveMeanZeroAndDeviationOneAndLeaveReturnsAlone() {
    Experience white = of(critic);
    double sum = 0;
    double squares = 0;
    for (float[] row : white.advantages()) {
      for (float advantage : row) {
        sum += advantage;
        squares += advantage * advantage;
      }
    }
    assertThat(sum).isCloseTo(0, within(1e-4));
    assertThat(squares / 4).isCloseTo(1, within(1e-4)); // five tokens
    assertThat(white.returns()).isDeepEqualTo(of(critic, "ppo.whiten-advantages=false").returns());
  }

  @Test
  void whitenedRewardsKeepTheirMean() {
    Experience plain = of(critic);
    Experience white = of(critic, "reward.whiten=true");
    assertThat(mean(white.rewards())).isCloseTo(mean(plain.rewards()), within(1e-4));
    assertThat(white.rewards()[0][0]).isNotEqualTo(plain.rewards()[0][0]);
  }

  private static double mean(float[][] rows) {
    double sum = 0;
    int count = 0;
    for (float[] row : rows) {
      for (float value : row) {
        sum += value;
        count++;
      }
    }
    return sum / count;
  }

  @Test
  void withoutReferenceTheKlIsZero() {
    Sample bare =
        new Sample(
            "p",
            0,
            LONG.prompt(),
            LONG.tokens(),
            LONG.actions(),
            LONG.samplingLogProbs(),
            LONG.policyLogProbs(),
            new float[0],
            2,
            Map.of(),
            true,
            1,
            0,
            0,
            "");
    Experience experience = of(List.of(bare), critic, config("reward.missing-eos-penalty=0"));
    assertThat(experience.referenceLogProbs()[0]).isEqualTo(experience.logProbs()[0]);
    assertThat(experience.rewards()[0]).containsExactly(new float[] {0, 0, 2}, within(ROUNDING));
  }
}
