package dev.parley.trainer.recipe.rewardmodel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldOutScoresTest {

  private static final double ROUNDING = 1e-6;

  private static HeldOutScores scores(float[] chosen, float... rejected) {
    return new HeldOutScores(chosen, rejected);
  }

  @Test
  void agreementIsTheShareOfPairsThatAreTheRightWayRound() {
    assertThat(scores(new float[] {1, 2, 3, 0}, 0, 1, 4, -1).agreement()).isEqualTo(0.75);
  }

  @Test
  void aTieCountsHalf() {
    assertThat(scores(new float[] {1, 2}, 1, 0).agreement()).isEqualTo(0.75);
  }

  @Test
  void theIntervalIsWilsons() {
    // 8 of 10: the textbook interval is 0.4902 to 0.9433.
    float[] chosen = {1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
    float[] rejected = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1};
    double[] interval = scores(chosen, rejected).agreementInterval();
    assertThat(interval[0]).isCloseTo(0.4902, within(1e-4));
    assertThat(interval[1]).isCloseTo(0.9433, within(1e-4));
  }

  @Test
  void theIntervalStaysWithinZeroAndOneEvenIfAllAgree() {
    double[] interval = scores(new float[] {1, 1, 1}, 0, 0, 0).agreementInterval();
    assertThat(interval[0]).isBetween(0.0, 1.0);
    assertThat(interval[1]).isCloseTo(1, within(ROUNDING)).isLessThanOrEqualTo(1 + 1e-12);
  }

  @Test
  void theLossIsTheMeanNegativeLogSigmoidOfTheDifference() {
    double expected = (Math.log1p(Math.exp(-2)) + Math.log1p(Math.exp(1))) / 2;
    assertThat(scores(new float[] {3, 0}, 1, 1).loss()).isCloseTo(expected, within(ROUNDING));
  }

  @Test
  void theLossOfAHugeDifferenceDoesNotOverflow() {
    assertThat(scores(new float[] {-1e6f}, 1e6f).loss()).isCloseTo(2e6, within(1.0));
    assertThat(scores(new float[] {1e6f}, -1e6f).loss()).isZero();
  }

  @Test
  void meanAndSpreadAreOverAllScoresChosenAndRejected() {
    HeldOutScores scores = scores(new float[] {1, 2}, 3, 6);
    assertThat(scores.mean()).isEqualTo(3);
    assertThat(scores.spread()).isCloseTo(Math.sqrt(14.0 / 3), within(ROUNDING));
  }

  @Test
  void theFileHoldsAllFigures(@TempDir Path model) throws IOException {
    HeldOutScores scores = scores(new float[] {1, 2, 0}, 0, 1, 1);
    scores.write(model, true);
    JsonNode figures = new ObjectMapper().readTree(model.resolve(HeldOutScores.FILE).toFile());
    assertThat(figures.get("score_mean").asDouble()).isEqualTo(scores.mean());
    assertThat(figures.get("score_std").asDouble()).isEqualTo(scores.spread());
    assertThat(figures.get("pairs").asInt()).isEqualTo(3);
    assertThat(figures.get("held_out").asBoolean()).isTrue();
    assertThat(figures.get("held_out_agreement").asDouble()).isEqualTo(scores.agreement());
    assertThat(figures.get("held_out_agreement_interval_95")).hasSize(2);
    assertThat(figures.get("held_out_loss").asDouble()).isEqualTo(scores.loss());
  }
}
