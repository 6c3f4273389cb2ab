package dev.parley.trainer.recipe.rewardregression;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.model.TinyModel;
import dev.parley.trainer.loss.GradientScope;
import dev.parley.trainer.loss.LossTerm;
import dev.parley.trainer.loss.Splits;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.scores.HeldOutRatings;
import dev.parley.trainer.toy.ToyFiles;
import dev.parley.trainer.toy.ToyRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RewardRegressionRecipeTest {

  @TempDir private static Path shared;
  private static Path model;
  private static Path ratings;

  @TempDir private Path directory;

  /** Helpfulness is the number of z among six letters, from 10 on; verbosity is always 1. */
  @BeforeAll
  static void files() {
    model = TinyModel.write(shared.resolve("model"), 1);
    Random random = new Random(7);
    List<Map<String, ?>> rows = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      StringBuilder answer = new StringBuilder();
      int merits = 0;
      for (int c = 0; c < 6; c++) {
        boolean merit = random.nextInt(3) == 0;
        answer.append(merit ? 'z' : (char) ('a' + random.nextInt(20)));
        merits += merit ? 1 : 0;
      }
      rows.add(
          Map.of(
              "prompt",
              "word " + i,
              "response",
              answer.toString(),
              "scores",
              Map.of("helpfulness", 10 + merits, "verbosity", 1)));
    }
    ratings = ToyFiles.write(shared.resolve("ratings.jsonl"), rows);
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
            "reward-regression.attribute=helpfulness",
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
    assertThatThrownBy(() -> run().with("reward-regression.attribute=verbosity").plan())
        .hasMessageContaining("scores to learn from are 1.0, from which no order can be learnt");
  }

  @Test
  void theLossIsTheMeanSquaredError() {
    try (GradientScope scope = new GradientScope()) {
      NDArray scores = scope.leaf(2, -1);
      LossTerm term = RegressionLoss.of(scores, scope.constant(1, 1), 2);
      scope.backward(term.loss());
      assertThat(term.loss().getFloat()).isEqualTo(2.5f);
      assertThat(GradientScope.gradient(scores)).containsExactly(1, -2);
      assertThat(term.metrics().get(RewardRegressionMetrics.ABSOLUTE_ERROR)).isEqualTo(1.5);
      assertThat(term.metrics().get(RewardRegressionMetrics.MEAN_REWARD)).isEqualTo(0.5);
    }
  }

  @Test
  void theSplitOfTheBatchChangesNothing() {
    Splits.changeNothing(
        batch -> {
          NDArray scores = batch.scope().leaf(batch.perRow(1));
          NDArray targets = batch.scope().constant(batch.perRow(2));
          return new Splits.Computed(
              RegressionLoss.of(scores, targets, batch.counts().sequences()), scores);
        });
  }

  /** Ranks 1, 2.5, 2.5, 4 against 1, 2, 3, 4: by hand 4.5 / √(4.5 · 5). */
  @Test
  void figuresOfFourAnswersByHand() {
    HeldOutRatings held =
        new HeldOutRatings("score", 0, 1, new double[] {0, 1, 1, 5}, new double[] {0, 1, 2, 3});
    assertThat(held.loss()).isEqualTo(5 / 4.0);
    assertThat(held.explained()).isCloseTo(1 - 5 / 5.0, within(1e-12));
    assertThat(held.rankCorrelation()).isCloseTo(4.5 / Math.sqrt(22.5), within(1e-12));
  }
}
