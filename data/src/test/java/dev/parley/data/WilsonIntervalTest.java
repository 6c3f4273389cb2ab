package dev.parley.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WilsonIntervalTest {

  @Test
  void isThatOfTheTextbook() {
    WilsonInterval interval = WilsonInterval.of(0.8, 10);

    assertThat(interval.low()).isCloseTo(0.4902, within(1e-4));
    assertThat(interval.high()).isCloseTo(0.9433, within(1e-4));
  }

  @Test
  void staysWithinTheSharesThatThereAre() {
    assertThat(WilsonInterval.of(0, 7).low()).isNotNegative().isCloseTo(0, within(1e-12));
    assertThat(WilsonInterval.of(1, 7).high()).isBetween(1 - 1e-12, 1.0);
    assertThat(WilsonInterval.of(1, 1).low()).isBetween(0.2, 0.21);
  }

  @Test
  void ofNothingThereIsNone() {
    assertThat(WilsonInterval.of(Double.NaN, 0))
        .isEqualTo(new WilsonInterval(Double.NaN, Double.NaN));
  }
}
