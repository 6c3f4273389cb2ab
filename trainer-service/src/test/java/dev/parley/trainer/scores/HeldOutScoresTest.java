package dev.parley.trainer.scores;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.parley.data.PreferenceAgreement;
import dev.parley.data.PreferenceSource;
import dev.parley.trainer.scores.HeldOutScores.Scored;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldOutScoresTest {

  private static final double ROUNDING = 1e-6;

  private static HeldOutScores scores(float[] chosen, float... rejected) {
    return HeldOutScores.of(chosen, rejected);
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

  private static HeldOutScores graded(double... margins) {
    List<Scored> pairs = new ArrayList<>();
    for (int i = 0; i < margins.length; i++) {
      // The first of two is the wrong way round.
      pairs.add(new Scored(i % 2, 0.5f, margins[i], PreferenceSource.HUMAN));
    }
    return new HeldOutScores(pairs);
  }

  @Test
  void agreementIsToldByMarginFromTheLeast() {
    assertThat(graded(1, 3, 3, 3).agreementByMargin())
        .containsExactly(
            entry(1.0, new PreferenceAgreement(0, 1)), entry(3.0, new PreferenceAgreement(2, 3)));
  }

  @Test
  void manyMarginsAreSummedUpInQuarters() {
    HeldOutScores scores = graded(12, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    assertThat(scores.agreementByMargin())
        .containsOnlyKeys(1.0, 4.0, 7.0, 10.0)
        .allSatisfy((margin, agreement) -> assertThat(agreement.pairs()).isEqualTo(3));
  }

  @Test
  void agreementIsToldByWhoJudged() {
    HeldOutScores scores =
        new HeldOutScores(
            List.of(
                new Scored(1, 0, 0, PreferenceSource.HUMAN),
                new Scored(0, 1, 0, PreferenceSource.HUMAN),
                new Scored(1, 0, 0, PreferenceSource.MODEL)));
    assertThat(scores.agreementBySource())
        .containsOnly(
            entry("human", new PreferenceAgreement(1, 2)),
            entry("model", new PreferenceAgreement(1, 1)));
  }

  @Test
  void theFileHoldsAllFigures(@TempDir Path model) throws IOException {
    HeldOutScores scores = scores(new float[] {1, 2, 0}, 0, 1, 1);
    scores.write(model, true);
    JsonNode figures = new ObjectMapper().readTree(model.resolve(RewardModelFile.NAME).toFile());
    assertThat(figures.get("score_mean").asDouble()).isEqualTo(scores.mean());
    assertThat(figures.get("score_std").asDouble()).isEqualTo(scores.spread());
    assertThat(figures.get("pairs").asInt()).isEqualTo(3);
    assertThat(figures.get("held_out").asBoolean()).isTrue();
    assertThat(figures.get("held_out_agreement").asDouble()).isEqualTo(scores.agreement());
    assertThat(figures.get("held_out_agreement_interval_95")).hasSize(2);
    assertThat(figures.get("held_out_loss").asDouble()).isEqualTo(scores.loss());
    assertThat(figures.at("/held_out_agreement_by_source/unknown/pairs").asInt()).isEqualTo(3);
    assertThat(figures.at("/held_out_agreement_by_margin/0.0/agreement").asDouble())
        .isEqualTo(scores.agreement());
  }
}
