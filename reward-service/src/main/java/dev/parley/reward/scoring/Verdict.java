package dev.parley.reward.scoring;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a scorer says about one item. A failure is never a number.
 *
 * @param status whether the value is valid
 * @param value the score; 0 and meaningless unless the status is OK
 * @param components named parts of the score, in order
 * @param error what went wrong; empty if the status is OK
 * @param extracted what was read out of the answer and judged: a final result, a program; empty if
 *     all of it was
 */
public record Verdict(
    Status status,
    double value,
    Map<String, Double> components,
    String error,
    Optional<String> extracted) {

  /** Whether a value is valid. */
  public enum Status {
    /** It is. */
    OK,
    /** There is none. */
    FAILED
  }

  /** Checks that a valid value is a number. */
  public Verdict {
    components = Collections.unmodifiableMap(new LinkedHashMap<>(components));
    if (status == Status.OK && !Double.isFinite(value)) {
      throw new IllegalArgumentException("the score is " + value + ", expected a finite number");
    }
  }

  /**
   * Makes a verdict of a score.
   *
   * @param value the score; one that is not finite makes a failed verdict
   * @param components named parts
   */
  public static Verdict of(double value, Map<String, Double> components) {
    return Double.isFinite(value)
        ? new Verdict(Status.OK, value, components, "", Optional.empty())
        : failed("the score is " + value);
  }

  /** Makes a verdict that says why there is no score. */
  public static Verdict failed(String reason) {
    return new Verdict(Status.FAILED, 0, Map.of(), reason, Optional.empty());
  }

  /** Returns the same, with what was read out of the answer. */
  Verdict withExtracted(String text) {
    return new Verdict(status, value, components, error, Optional.of(text));
  }

  /** Returns whether the value is valid. */
  public boolean ok() {
    return status == Status.OK;
  }
}
