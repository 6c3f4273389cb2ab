package dev.parley.model;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;

/**
 * How far a number may be from the expected one: {@code |x - e| <= atol + rtol * |e|}.
 *
 * @param relative rtol
 * @param absolute atol
 */
public record Tolerance(double relative, double absolute) {

  /** Reads {@code {"rtol": …, "atol": …}}. */
  public static Tolerance of(JsonObject json) {
    return new Tolerance(json.get("rtol").getAsDouble(), json.get("atol").getAsDouble());
  }

  /** Asserts that a number is near enough. */
  public void check(String what, double actual, double expected) {
    assertThat(Math.abs(actual - expected))
        .as("%s: %s, expected %s", what, actual, expected)
        .isLessThanOrEqualTo(absolute + relative * Math.abs(expected));
  }

  /** Asserts that all numbers are near enough. */
  public void check(String what, float[] actual, float[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      check(what + "[" + i + "]", actual[i], expected[i]);
    }
  }
}
