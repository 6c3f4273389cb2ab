package dev.parley.bench;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class RatesTest {

  @Test
  void aSideThatDidNothingIsRefused() {
    assertThatThrownBy(() -> new Rates(3, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("rates are 3.0 and 0.0, expected numbers above 0");
  }
}
