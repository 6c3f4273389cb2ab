package dev.parley.trainer.answers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.onpolicy.OnPolicySettings;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.recipe.ppo.PpoConfig;
import dev.parley.trainer.recipe.ppo.PpoRecipe;
import dev.parley.trainer.toy.ToyLearner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EvaluationTest {

  /** Each worker gets two of them. */
  private static final List<Integer> FIRST_SHARE = List.of(0, 1);

  private static final List<Integer> SECOND_SHARE = List.of(2, 3);

  private static Learner policy;
  private static Learner critic;
  private static List<Sample> samples;
  private static int tokens;

  @BeforeAll
  static void make() {
    LanguageModel language = TinyModel.create(1);
    policy = ToyLearner.of(language);
    critic = ToyLearner.of(language.withHeads(Heads.SCORE, 2));
    Random random = new Random(3);
    samples = Stream.generate(() -> answer(random)).limit(4).toList();
    tokens = samples.stream().mapToInt(sample -> sample.sequence().tokens().length).sum();
  }

  @AfterAll
  static void close() {
    policy.close();
    critic.close();
  }

  private static Sample answer(Random random) {
    int[] prompt = {3, 4, 5};
    int[] answer = random.ints(5, 0, 200).toArray();
    int[] all = Arrays.copyOf(prompt, prompt.length + answer.length);
    System.arraycopy(answer, 0, all, prompt.length, answer.length);
    float[] logProbs = policy.model().logProbs(TokenBatch.of(List.of(all)), 1).get(0);
    return sample(
        prompt, answer, Arrays.copyOfRange(logProbs, prompt.length - 1, logProbs.length), 0);
  }

  private static Sample sample(int[] prompt, int[] answer, float[] policyLogProbs, long version) {
    boolean[] actions = new boolean[answer.length];
    Arrays.fill(actions, true);
    return new Sample(
        "p",
        0,
        prompt,
        answer,
        actions,
        new float[answer.length],
        policyLogProbs,
        new float[answer.length],
        1,
        Map.of(),
        true,
        1,
        version,
        version,
        "");
  }

  private static Accumulation accumulation(int budget) {
    return new Accumulation(new Accumulation.Settings(budget, 2, 2));
  }

  private static Evaluation evaluate(
      Accumulation accumulation, boolean learning, String... settings) {
    return evaluate(samples, accumulation, learning, settings);
  }

  private static Evaluation evaluate(
      List<Sample> answers, Accumulation accumulation, boolean learning, String... settings) {
    return Evaluation.of(
        answers, policy, Optional.of(critic), 0, learning, accumulation, settings(settings));
  }

  private static OnPolicySettings settings(String... settings) {
    List<String> all = new ArrayList<>(List.of("run.id=r", "model.path=/m", "prompts.files=f"));
    all.addAll(List.of(settings));
    return PpoRecipe.settings(Configuration.load(PpoConfig.class, Optional.empty(), all).recipe())
        .run();
  }

  @Test
  void passesStayOpenIfTheFirstStepTakesAllSamplesAndBothModelsFitTheBudget() {
    try (Accumulation enough = accumulation(2 * tokens);
        Accumulation tooFew = accumulation(2 * tokens - 1)) {
      assertThat(keeps(enough, true)).isTrue();
      assertThat(keeps(tooFew, true)).isFalse();
      assertThat(keeps(enough, true, "ppo.minibatches=2")).isFalse();
      assertThat(keeps(enough, false)).isFalse();
    }
  }

  private static boolean keeps(Accumulation accumulation, boolean learning, String... settings) {
    try (Evaluation evaluation = evaluate(accumulation, learning, settings)) {
      Optional<Evaluation.Open> open = evaluation.take(FIRST_SHARE);
      open.ifPresent(Evaluation.Open::close);
      return open.isPresent();
    }
  }

  @Test
  void openPassesHoldTheNumbersOfTheirOwnSamplesAndAreHandedOverOnce() {
    try (Accumulation accumulation = accumulation(2 * tokens);
        Evaluation evaluation = evaluate(accumulation, true)) {
      try (Evaluation.Open open = evaluation.take(SECOND_SHARE).orElseThrow()) {
        assertThat(open.actor().logProbs().toFloatArray())
            .containsExactly(PerToken.flatten(evaluation.logProbs(), SECOND_SHARE));
        assertThat(open.critic().scalars().toFloatArray())
            .containsExactly(PerToken.flatten(evaluation.values(), SECOND_SHARE));
      }
      assertThat(evaluation.take(SECOND_SHARE)).isEmpty();
      assertThat(evaluation.take(List.of(0))).isEmpty();
    }
  }

  @Test
  void whatIsReleasedIsNoLongerHandedOver() {
    try (Accumulation accumulation = accumulation(2 * tokens);
        Evaluation evaluation = evaluate(accumulation, true)) {
      evaluation.release();
      assertThat(evaluation.take(FIRST_SHARE)).isEmpty();
      assertThat(evaluation.take(SECOND_SHARE)).isEmpty();
    }
  }

  @Test
  void numbersAreTheSameWhetherPassesStayOpenOrNot() {
    try (Accumulation accumulation = accumulation(2 * tokens);
        Evaluation open = evaluate(accumulation, true);
        Evaluation scored = evaluate(accumulation, false)) {
      for (int b = 0; b < samples.size(); b++) {
        assertThat(open.logProbs()[b]).containsExactly(scored.logProbs()[b], within(1e-5f));
        assertThat(open.values()[b]).containsExactly(scored.values()[b], within(1e-5f));
      }
    }
  }

  @Test
  void withoutACriticTheBudgetIsForThePolicyAloneAndThereAreNoValues() {
    try (Accumulation accumulation = accumulation(tokens);
        Evaluation alone =
            Evaluation.of(samples, policy, Optional.empty(), 0, true, accumulation, settings());
        Evaluation beside = evaluate(accumulation, false)) {
      assertThat((Object[]) alone.values()).containsOnlyNulls();
      for (int b = 0; b < samples.size(); b++) {
        assertThat(alone.logProbs()[b]).containsExactly(beside.logProbs()[b], within(1e-5f));
      }
      try (Evaluation.Open open = alone.take(FIRST_SHARE).orElseThrow()) {
        assertThat(open.critic()).isSameAs(open.actor());
      }
    }
  }

  // --- log-probabilities from the rollouts ---

  @ParameterizedTest
  @ValueSource(strings = {"auto", "rollout"})
  void whatThePolicyToldIsTakenAndAFewAnswersAreComputedToCompare(String mode) {
    List<Sample> many = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      many.addAll(samples);
    }
    try (Accumulation accumulation = accumulation(100);
        Evaluation reused = evaluate(many, accumulation, false, "ppo.old-log-probs=" + mode);
        Evaluation computed = evaluate(many, accumulation, false)) {
      assertThat(reused.remark()).isEmpty();
      for (int b = 0; b < many.size(); b++) {
        assertThat(reused.logProbs()[b]).isEqualTo(many.get(b).policyLogProbs());
        assertThat(reused.logProbs()[b]).containsExactly(computed.logProbs()[b], within(1e-5f));
        assertThat(reused.values()[b]).containsExactly(computed.values()[b], within(1e-5f));
      }
      assertThat(Arrays.stream(reused.computedLogProbs()).filter(Objects::nonNull)).hasSize(4);
      assertThat(Arrays.stream(computed.computedLogProbs())).doesNotContainNull();
    }
  }

  @Test
  void aSharedTrunkGivesItsValuesWithoutLogProbabilities() {
    try (LanguageModel language = TinyModel.create(1);
        Learner both = ToyLearner.of(language.withHeads(Heads.LANGUAGE_AND_VALUE, 3));
        Accumulation accumulation = accumulation(100)) {
      Optional<Learner> critic = Optional.of(both);
      OnPolicySettings auto = settings("ppo.old-log-probs=auto", "value.trunk=shared");
      try (Evaluation reused = Evaluation.of(samples, both, critic, 0, false, accumulation, auto);
          Evaluation computed =
              Evaluation.of(samples, both, critic, 0, false, accumulation, settings())) {
        assertThat(reused.remark()).isEmpty();
        for (int b = 0; b < samples.size(); b++) {
          assertThat(reused.values()[b]).containsExactly(computed.values()[b], within(1e-5f));
        }
      }
    }
  }

  /** Answers as before, but of another version or with other numbers. */
  private static List<Sample> changed(float gap, long version, boolean told) {
    return samples.stream()
        .map(
            sample -> {
              float[] other = sample.policyLogProbs().clone();
              for (int t = 0; t < other.length; t++) {
                other[t] += t % 2 == 0 ? gap : -gap;
              }
              return sample(sample.prompt(), sample.tokens(), told ? other : new float[0], version);
            })
        .toList();
  }

  @Test
  void withAnotherVersionACutDistributionOrOtherNumbersAllIsComputedAgainAndTheReasonSaid() {
    try (Accumulation accumulation = accumulation(100)) {
      assertComputed(accumulation, changed(0, -1, true), "made by older weights");
      assertComputed(accumulation, changed(0, 0, false), "sampling.top-k");
      assertComputed(accumulation, changed(0.01f, 0, true), "differ by 0.010 nats per token");
    }
  }

  private static void assertComputed(
      Accumulation accumulation, List<Sample> answers, String reason) {
    try (Evaluation evaluation = evaluate(answers, accumulation, false, "ppo.old-log-probs=auto")) {
      assertThat(evaluation.remark()).hasValueSatisfying(r -> assertThat(r).contains(reason));
      assertThat(Arrays.stream(evaluation.computedLogProbs())).doesNotContainNull();
      assertThat(evaluation.logProbs()).isSameAs(evaluation.computedLogProbs());
    }
  }

  @Test
  void otherNumbersAreTakenIfTheSettingSaysSoButNotInSilence() {
    List<Sample> others = changed(0.01f, 0, true);
    try (Accumulation accumulation = accumulation(100);
        Evaluation evaluation =
            evaluate(others, accumulation, false, "ppo.old-log-probs=rollout")) {
      assertThat(evaluation.logProbs()[1]).isEqualTo(others.get(1).policyLogProbs());
      assertThat(evaluation.remark()).isPresent();
    }
  }

  @Test
  void whereComputingIsFreeTheRolloutsNumbersAreNotNeeded() {
    try (Accumulation accumulation = accumulation(2 * tokens)) {
      assertThat(keeps(accumulation, true, "ppo.old-log-probs=auto")).isTrue();
      assertThat(keeps(accumulation, true, "ppo.old-log-probs=rollout")).isFalse();
    }
  }
}
