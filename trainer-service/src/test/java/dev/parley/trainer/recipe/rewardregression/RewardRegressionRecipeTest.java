package dev.parley.trainer.recipe.rewardregression;

import static java.lang.Double.NaN;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.data.ChatTurn;
import dev.parley.model.LanguageModel;
import dev.parley.model.TinyModel;
import dev.parley.model.decoder.Heads;
import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.trainer.experience.TemplateEncoder;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.scores.HeldOutAttributes;
import dev.parley.trainer.scores.HeldOutRatings;
import dev.parley.trainer.toy.Bytes;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RewardRegressionRecipeTest {

  @TempDir private static Path shared;
  private static Path model;
  private static Path ratings;
  private static Path twoAttributes;

  @TempDir private Path directory;

  /** Helpfulness is the number of z among six letters, from 10 on; verbosity is always 1. */
  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    Random random = new Random(7);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String answer = letters(random, "z");
      rows.add(row(i, answer, Map.of("helpfulness", 10 + count(answer, 'z'), "verbosity", 1)));
    }
    ratings = ToyFiles.write(shared.resolve("ratings.jsonl"), rows);
    twoAttributes = twoAttributes(random);
  }

  /** Here somebody counted the y of every other answer, too. */
  private static Path twoAttributes(Random random) {
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      String answer = letters(random, "zy");
      Map<String, Integer> scores = new HashMap<>(Map.of("helpfulness", count(answer, 'z')));
      if (i % 2 == 0) {
        scores.put("yes", count(answer, 'y'));
      }
      rows.add(row(i, answer, scores));
    }
    return ToyFiles.write(shared.resolve("two-attributes.jsonl"), rows);
  }

  private static Map<String, ?> row(int prompt, String answer, Map<String, Integer> scores) {
    return Map.of("prompt", "word " + prompt, "response", answer, "scores", scores);
  }

  /** Six letters, a third of them the first of the merits, a third of them the next, and so on. */
  private static String letters(Random random, String merits) {
    StringBuilder answer = new StringBuilder();
    for (int c = 0; c < 6; c++) {
      int kind = random.nextInt(3);
      answer.append(
          kind < merits.length() ? merits.charAt(kind) : (char) ('a' + random.nextInt(20)));
    }
    return answer.toString();
  }

  private static int count(CharSequence text, char letter) {
    return (int) text.chars().filter(c -> c == letter).count();
  }

  private ToyRun<RewardRegressionConfig> run() {
    return new ToyRun<>(
        new RewardRegressionRecipe(),
        directory.resolve("run"),
        List.of(
            "run.id=ratings",
            "model.path=" + model,
            "data.files=" + ratings,
            "data.held-out=0.3",
            "optimizer.learning-rate=3e-3",
            "reward-regression.attributes=helpfulness",
            "reward-regression.batch-size=16",
            "checkpoint.every=0"));
  }

  @Test
  void ratingsNeverSeenArePredicted() throws IOException {
    ToyRun<RewardRegressionConfig> run = run().with("reward-regression.epochs=12");
    ToyRun.Ended ended = run.run();
    long last = ended.heard().lastUpdate();
    assertThat(ended.heard().metric(1, "loss")).isGreaterThan(0.5);
    assertThat(ended.heard().metric(last, "eval_r2")).isGreaterThan(0.7);
    assertThat(ended.heard().metric(last, "eval_rank_correlation")).isGreaterThan(0.8);
    JsonNode figures =
        new ObjectMapper().readTree(run.directory().model().resolve("reward_model.json").toFile());
    assertThat(figures.get("attribute").asText()).isEqualTo("helpfulness");
    assertThat(figures.get("target_mean").asDouble()).isCloseTo(12, within(0.5));
    assertThat(figures.get("held_out_r2").asDouble())
        .isEqualTo(ended.heard().metric(last, "eval_r2"));
  }

  @Test
  void eachAttributeIsLearntByAnOutputOfItsOwnFromTheRowsThatHaveIt() throws IOException {
    ToyRun<RewardRegressionConfig> run =
        run()
            .with(
                "data.files=" + twoAttributes,
                "reward-regression.attributes=yes,helpfulness",
                "reward-regression.epochs=24");
    ToyRun.Ended ended = run.run();
    assertThat(ended.heard().metric(ended.heard().lastUpdate(), "eval_r2")).isGreaterThan(0.7);
    Path finished = run.directory().model();
    JsonNode figures = new ObjectMapper().readTree(finished.resolve("reward_model.json").toFile());
    JsonNode yes = figures.get("attributes").get(0);
    JsonNode helpfulness = figures.get("attributes").get(1);
    assertThat(yes.get("attribute").asText()).isEqualTo("yes");
    assertThat(helpfulness.get("attribute").asText()).isEqualTo("helpfulness");
    assertThat(yes.get("ratings").asInt()).isLessThan(helpfulness.get("ratings").asInt());
    assertThat(yes.get("held_out_r2").asDouble()).isGreaterThan(0.6);
    assertThat(helpfulness.get("held_out_r2").asDouble()).isGreaterThan(0.6);
    try (LanguageModel model = LanguageModel.open(finished, EngineOptions.CPU);
        TemplateEncoder encoder = TemplateEncoder.open(finished)) {
      float[] scores =
          model.finalScalars(
              TokenBatch.of(
                  Stream.of("yyyyaa", "zzzzaa")
                      .map(answer -> List.of(ChatTurn.user("word 3"), ChatTurn.assistant(answer)))
                      .map(turns -> encoder.conversation(turns).tokens())
                      .toList()));
      assertThat(scores).as("two answers, two attributes each").hasSize(4);
      assertThat(scores[0]).as("y of the first answer").isGreaterThan(scores[2] + 1);
      assertThat(scores[3]).as("z of the second answer").isGreaterThan(scores[1] + 1);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 2})
  void aRunOfSeveralAttributesGoesOnFromItsCheckpointAsIfItHadNeverStopped(int rank) {
    ToyRun<RewardRegressionConfig> unbroken = toLearnBoth("unbroken", rank);
    unbroken.run();
    ToyRun<RewardRegressionConfig> broken = toLearnBoth("broken", rank);
    assertThat(broken.stopAfter(5).complete()).isFalse();
    broken.resumed().run();
    assertThat(Bytes.of(broken.directory().model()))
        .isEqualTo(Bytes.of(unbroken.directory().model()));
    Path written = rank > 0 ? broken.directory().adapter() : broken.directory().model();
    try (LanguageModel model = LanguageModel.open(written, EngineOptions.CPU)) {
      assertThat(model.heads()).isEqualTo(Heads.scores(2));
    }
  }

  private ToyRun<RewardRegressionConfig> toLearnBoth(String name, int rank) {
    return new ToyRun<>(run().recipe(), directory.resolve(name), run().sets())
        .with(
            "data.files=" + twoAttributes,
            "reward-regression.attributes=helpfulness,yes",
            "lora.rank=" + rank);
  }

  @Test
  void anAttributeThatNoRowHasIsNamedWithThoseThatThereAre() {
    assertThatThrownBy(() -> run().with("reward-regression.attributes=helpfulness,verbosty").plan())
        .hasMessageContaining("has a score \"verbosty\"; there are helpfulness, verbosity:")
        .hasMessageContaining("did you mean \"verbosity\"?");
  }

  @Test
  void anAttributeCannotBeAskedForTwice() {
    assertThatThrownBy(() -> run().with("reward-regression.attributes=verbosity,verbosity").plan())
        .hasMessage(
            "reward-regression.attributes is verbosity,verbosity; expected each attribute once");
  }

  @Test
  void rowsWithoutTheAttributeAreLeftOutAndCounted() {
    Path more =
        ToyFiles.write(
            directory.resolve("more.jsonl"),
            List.of(Map.of("prompt", "p", "response", "a", "score", 3)));
    assertThat(run().with("data.files=" + ratings + "," + more, "data.held-out=0").plan().lines())
        .contains(
            new Plan.Line("ratings", "200 to learn, 0 held out"),
            new Plan.Line("left out", "1 without a label that is asked for"));
  }

  @Test
  void scoresThatAreAllAlikeAreRefused() {
    assertThatThrownBy(() -> run().with("reward-regression.attributes=verbosity").plan())
        .hasMessageContaining(
            "\"verbosity\" scores to learn from are 1.0, from which no order can be learnt");
  }

  @Test
  void theLossIsTheMeanSquaredError() {
    try (GradientScope scope = new GradientScope()) {
      NDArray scores = scope.leaf(2, -1);
      LossTerm term = RegressionLoss.of(scores, scope.constant(1, 1), scope.constant(1, 1), 2);
      scope.backward(term.loss());
      assertThat(term.loss().getFloat()).isEqualTo(2.5f);
      assertThat(GradientScope.gradient(scores)).containsExactly(1, -2);
      assertThat(term.metrics().get(RewardRegressionMetrics.ABSOLUTE_ERROR)).isEqualTo(1.5);
      assertThat(term.metrics().get(RewardRegressionMetrics.MEAN_REWARD)).isEqualTo(0.5);
    }
  }

  /** Two answers by two attributes, of which the second has no second: errors 1, 2 and −1. */
  @Test
  void whatNobodyRatedCostsNothingAndHasNoGradient() {
    try (GradientScope scope = new GradientScope()) {
      NDArray scores = scope.leaf(2, 5, -1, 100);
      NDArray targets = scope.constant(1, 3, 0, 0);
      LossTerm term = RegressionLoss.of(scores, targets, scope.constant(1, 1, 1, 0), 3);
      scope.backward(term.loss());
      assertThat(term.loss().getFloat()).isEqualTo((1 + 4 + 1) / 3f);
      assertThat(GradientScope.gradient(scores)).containsExactly(2 / 3f, 4 / 3f, -2 / 3f, 0);
      assertThat(term.metrics().get(RewardRegressionMetrics.ABSOLUTE_ERROR))
          .isCloseTo(4 / 3.0, within(1e-6));
      assertThat(term.metrics().get(RewardRegressionMetrics.MEAN_REWARD)).isEqualTo(2);
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray scores = batch.scope().leaf(batch.perRow(1));
          NDArray targets = batch.scope().constant(batch.perRow(2));
          NDArray rated = targets.onesLike();
          return new Splits.Computed(
              RegressionLoss.of(scores, targets, rated, batch.counts().sequences()), scores);
        });
  }

  /** Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: by hand 4.5 / √(4.5 · 5). */
  @Test
  void figuresOfFourAnswersByHand() {
    HeldOutRatings held =
        HeldOutRatings.of("score", 0, 1, new double[] {0, 1, 1, 5}, new double[] {0, 1, 2, 3});
    assertThat(held.loss()).isEqualTo(5 / 4.0);
    assertThat(held.explained()).isCloseTo(1 - 5 / 5.0, within(1e-12));
    assertThat(held.rankCorrelation()).isCloseTo(4.5 / Math.sqrt(22.5), within(1e-12));
  }

  /** Of four answers, two are rated by the second attribute, both rightly. */
  @Test
  void figuresOfTwoAttributesByHand() {
    HeldOutAttributes both =
        new HeldOutAttributes(
            List.of(
                HeldOutRatings.of("a", 0, 1, new double[] {0, 1, 1, 5}, new double[] {0, 1, 2, 3}),
                HeldOutRatings.of(
                    "b", 0, 1, new double[] {1, 7, 2, 8}, new double[] {1, NaN, 2, NaN})));
    assertThat(both.metrics().get("eval_loss")).isCloseTo(5 / 6.0, within(1e-12));
    assertThat(both.metrics().get("eval_r2")).isCloseTo((0 + 1) / 2.0, within(1e-12));
    assertThat(both.metrics().get("eval_rank_correlation"))
        .isCloseTo((4.5 / Math.sqrt(22.5) + 1) / 2, within(1e-12));
  }
}
