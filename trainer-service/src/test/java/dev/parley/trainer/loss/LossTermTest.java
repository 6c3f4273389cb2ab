package dev.parley.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LossTermTest {
  @Test
  void termsAddUpWithTheirCoefficientsAndKeepAllMetrics() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm policy = term(scope, 2, "policy");
      LossTerm value = term(scope, 10, "value");

      LossTerm total = policy.plus(0.1, value);

      assertThat(total.loss().getFloat()).isEqualTo(3);
      assertThat(total.metrics().values())
          .containsEntry("policy", 2.0)
          .containsEntry("value", 10.0);
    }
  }

  @Test
  void aCoefficientOfZeroKeepsANaNOutOfTheLoss() {
    try (GradientScope scope = new GradientScope()) {
      LossTerm total = term(scope, 2, "policy").plus(0, term(scope, Float.NaN, "value"));

      assertThat(total.loss().getFloat()).isEqualTo(2);
      assertThat(total.metrics().get("value")).isNaN();
    }
  }

  @Test
  void extremesOfPartsAreTheExtremesOfTheBatch() {
    try (GradientScope scope = new GradientScope()) {
      Metrics first =
          Metrics.read()
              .least("least", scope.constant(1).sum())
              .greatest("greatest", scope.constant(5).sum())
              .now();
      Metrics second =
          Metrics.read()
              .least("least", scope.constant(-3).sum())
              .greatest("greatest", scope.constant(4).sum())
              .now();

      assertThat(first.plus(second).values())
          .containsEntry("least", -3.0)
          .containsEntry("greatest", 5.0);
    }
  }

  @Test
  void anUnknownMetricIsNamed() {
    try (GradientScope scope = new GradientScope()) {
      Metrics metrics = term(scope, 1, "loss").metrics();

      assertThatThrownBy(() -> metrics.get("lose"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("no metric lose; there are [loss]");
    }
  }

  private static LossTerm term(GradientScope scope, float loss, String metric) {
    return new LossTerm(
        scope.constant(loss).sum(), Metrics.read().sum(metric, scope.constant(loss).sum()).now());
  }
}
