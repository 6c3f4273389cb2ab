package dev.parley.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class PreferenceAgreementTest {

  @Test
  void aPairAgreesIfTheChosenAnswerScoresHigherAndATieCountsHalf() {
    assertThat(PreferenceAgreement.NONE.and(2, 1).and(1, 2).and(1, 1))
        .isEqualTo(new PreferenceAgreement(1.5, 3));
  }

  @Test
  void theIntervalIsWilsons() {
    // 8 of 10: the textbook interval is 0.4902 to 0.9433.
    double[] interval = new PreferenceAgreement(8, 10).interval();
    assertThat(interval[0]).isCloseTo(0.4902, within(1e-4));
    assertThat(interval[1]).isCloseTo(0.9433, within(1e-4));
  }

  @Test
  void moreAgreementsThanPairsAreRefused() {
    assertThatThrownBy(() -> new PreferenceAgreement(2, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("2.0 of 1 pairs agree");
  }
}
