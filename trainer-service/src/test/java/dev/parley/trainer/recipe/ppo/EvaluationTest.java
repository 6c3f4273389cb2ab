package dev.parley.trainer.recipe.ppo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.toy.ToyLearner;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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
    samples = Stream.generate(() -> sample(random)).limit(4).toList();
    tokens = samples.stream().mapToInt(sample -> sample.sequence().tokens().length).sum();
  }

  @AfterAll
  static void close() {
    policy.close();
    critic.close();
  }

  private static Sample sample(Random random) {
    int length = 5;
    boolean[] actions = new boolean[length];
    Arrays.fill(actions, true);
    return new Sample(
        "p",
        0,
        new int[] {3, 4, 5},
        random.ints(length, 0, 200).toArray(),
        actions,
        new float[length],
        new float[length],
        1,
        Map.of(),
        true,
        1,
        0,
        0,
        "");
  }

  private static Accumulation accumulation(int budget) {
    return new Accumulation(new Accumulation.Settings(budget, 2, 2));
  }

  private static Evaluation evaluate(
      Accumulation accumulation, boolean learning, String... settings) {
    List<String> all = new ArrayList<>(List.of("run.id=r", "model.path=/m", "prompts.files=f"));
    all.addAll(List.of(settings));
    PpoConfig config = Configuration.load(PpoConfig.class, Optional.empty(), all).recipe();
    return Evaluation.of(samples, policy, critic, learning, accumulation, config);
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
            .containsExactly(Experience.flatten(evaluation.logProbs(), SECOND_SHARE));
        assertThat(open.critic().scalars().toFloatArray())
            .containsExactly(Experience.flatten(evaluation.values(), SECOND_SHARE));
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
}
