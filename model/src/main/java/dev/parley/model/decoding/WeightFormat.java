package dev.parley.model.decoding;

import java.util.Locale;

/**
 * Number formats in which weights are kept for generation. Smaller ones are read faster, and
 * decoding is bound by reading weights; but a policy in INT8 draws from another distribution than
 * the trainer's, which the trainer corrects by importance weights.
 */
public enum WeightFormat {
  /** IEEE 754 single precision. */
  FLOAT32,
  /** The upper half of single precision. */
  BFLOAT16,
  /** Whole numbers of eight bits with one scale per output. */
  INT8;

  /**
   * Reads a setting.
   *
   * @param text "float32", "bfloat16" or "int8"; "fp32" and "bf16" mean the same
   * @throws IllegalArgumentException if it is something else
   */
  public static WeightFormat parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "float32", "fp32" -> FLOAT32;
      case "bfloat16", "bf16" -> BFLOAT16;
      case "int8" -> INT8;
      default ->
          throw new IllegalArgumentException(
              "weights is \"" + text + "\", expected float32, bfloat16 or int8");
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
