package dev.parley.model.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class FunctionsTest {

  private static float at(UnaryOperator<FloatVector> function, float x) {
    return function.apply(FloatVector.broadcast(Lanes.FLOATS, x)).lane(0);
  }

  /** Compares with the same function in double precision. */
  private static void compare(
      UnaryOperator<FloatVector> function,
      DoubleUnaryOperator exact,
      double from,
      double to,
      double relative,
      double absolute) {
    for (int i = 0; i <= 20_000; i++) {
      float x = (float) (from + (to - from) * i / 20_000);
      double expected = exact.applyAsDouble(x);
      assertThat(Math.abs(at(function, x) - expected))
          .as("at %s, expected %s", x, expected)
          .isLessThanOrEqualTo(absolute + relative * Math.abs(expected));
    }
  }

  @Test
  void expIsExactToTheLastDigit() {
    compare(Functions::exp, Math::exp, -87, 88, 2e-7, 0);
    assertThat(at(Functions::exp, 0)).isEqualTo(1);
  }

  @Test
  void expOfFarNegativeNumbersIsZero() {
    assertThat(at(Functions::exp, -88)).isZero();
    assertThat(at(Functions::exp, -1e30f)).isZero();
    assertThat(at(Functions::exp, Float.NEGATIVE_INFINITY)).isZero();
  }

  @Test
  void notANumberStaysOne() {
    assertThat(at(Functions::exp, Float.NaN)).isNaN();
    assertThat(at(Functions::silu, Float.NaN)).isNaN();
    assertThat(at(Functions::tanh, Float.NaN)).isNaN();
    assertThat(at(Functions::gelu, Float.NaN)).isNaN();
    assertThat(at(Functions::geluTanh, Float.NaN)).isNaN();
  }

  @Test
  void siluIsXTimesItsSigmoid() {
    compare(Functions::silu, x -> x / (1 + Math.exp(-x)), -80, 80, 5e-7, 0);
  }

  @Test
  void tanhKeepsItsDigitsNearZero() {
    compare(Functions::tanh, Math::tanh, -0.3, 0.3, 6e-7, 0);
    compare(Functions::tanh, Math::tanh, -30, 30, 6e-7, 0);
  }

  @Test
  void geluInItsTanhApproximation() {
    compare(
        Functions::geluTanh,
        x -> x / 2 * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        -12,
        12,
        1e-6,
        1e-6);
  }

  @Test
  void geluWithTheErrorFunction() {
    compare(Functions::gelu, FunctionsTest::gelu, -6, 6, 1e-6, 1e-6);
  }

  /** x Φ(x), with Φ by Simpson's rule. */
  private static double gelu(double x) {
    int steps = 400;
    double h = x / steps;
    double sum = 0;
    for (int i = 0; i < steps; i++) {
      double a = i * h;
      sum += density(a) + 4 * density(a + h / 2) + density(a + h);
    }
    return x * (0.5 + sum * h / 6);
  }

  private static double density(double x) {
    return Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}
