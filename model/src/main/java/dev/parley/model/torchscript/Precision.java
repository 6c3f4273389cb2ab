package dev.parley.model.torchscript;

import java.util.Locale;

/** Number formats that models compute in. */
public enum Precision {
  /** IEEE 754 single precision. */
  FLOAT32(6, 4),
  /** The upper half of single precision: seven bits of fraction, the whole range. */
  BFLOAT16(15, 2);

  private final int torchCode;
  private final int bytes;

  Precision(int torchCode, int bytes) {
    this.torchCode = torchCode;
    this.bytes = bytes;
  }

  /** Returns the bytes of a number. */
  public int bytes() {
    return bytes;
  }

  /** Returns libtorch's number for the format ({@code c10::ScalarType}). */
  int torchCode() {
    return torchCode;
  }

  /**
   * Reads a setting.
   *
   * @param text "float32" or "bfloat16"; "fp32" and "bf16" mean the same
   * @throws IllegalArgumentException if it is something else
   */
  public static Precision parse(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "float32", "fp32" -> FLOAT32;
      case "bfloat16", "bf16" -> BFLOAT16;
      default ->
          throw new IllegalArgumentException(
              "precision is \"" + text + "\", expected float32 or bfloat16");
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
