package dev.parley.policy.generation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenRateTest {

  private static final long TENTH = 100_000_000L;

  @Test
  void beforeTheFirstStepThereIsNone() {
    assertThat(new TokenRate().perSecond()).isZero();
  }

  @Test
  void itIsTokensBySecondsOfWork() {
    TokenRate rate = new TokenRate();
    rate.add(3, TENTH);
    rate.add(5, TENTH);
    assertThat(rate.perSecond()).isEqualTo(40);
  }

  @Test
  void oldStepsAreForgotten() {
    TokenRate rate = new TokenRate();
    for (int i = 0; i < 10; i++) {
      rate.add(100, TENTH);
    }
    for (int i = 0; i < 20; i++) {
      rate.add(1, TENTH);
    }
    assertThat(rate.perSecond()).isEqualTo(10);
  }
}
