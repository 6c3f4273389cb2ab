package dev.parley.model.weights;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** The number formats in which safetensors files hold weights. */
public enum StoredType {
  /** IEEE 754 single precision. */
  F32(4, "float32"),
  /** IEEE 754 half precision. */
  F16(2, "float16"),
  /** The upper half of a single-precision number. */
  BF16(2, "bfloat16"),
  /** 64-bit integers: not weights, but found in files beside them. */
  I64(8, "int64");

  private final int bytes;
  private final String torchName;

  StoredType(int bytes, String torchName) {
    this.bytes = bytes;
    this.torchName = torchName;
  }

  /** Returns the bytes of one number. */
  public int bytes() {
    return bytes;
  }

  /** Returns the name that config.json uses ({@code "bfloat16"}). */
  public String torchName() {
    return torchName;
  }

  static Optional<StoredType> byName(String name) {
    return Arrays.stream(values()).filter(type -> type.name().equals(name)).findFirst();
  }

  /** Reads the next number of a little-endian buffer as single precision. */
  float read(ByteBuffer buffer) {
    return switch (this) {
      case F32 -> buffer.getFloat();
      case F16 -> halfToFloat(buffer.getShort());
      case BF16 -> Float.intBitsToFloat(buffer.getShort() << 16);
      case I64 -> buffer.getLong();
    };
  }

  /** Writes a number to a little-endian buffer, rounded to nearest even. */
  void write(ByteBuffer buffer, float value) {
    switch (this) {
      case F32 -> buffer.putFloat(value);
      case F16 -> buffer.putShort(floatToHalf(value));
      case BF16 -> buffer.putShort(floatToBrain(value));
      case I64 -> buffer.putLong((long) value);
    }
  }

  private static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int fraction = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    if (exponent == 0x1f) {
      return Float.intBitsToFloat(sign | 0x7f800000 | fraction << 13);
    }
    return Float.intBitsToFloat(sign | (exponent + 112) << 23 | fraction << 13);
  }

  private static short floatToHalf(float value) {
    int bits = Float.floatToRawIntBits(value);
    int sign = (bits >>> 16) & 0x8000;
    float magnitude = Math.abs(value);
    if (Float.isNaN(value)) {
      return (short) (sign | 0x7e00);
    }
    if (magnitude >= 65520f) { // rounds to infinity
      return (short) (sign | 0x7c00);
    }
    if (magnitude < 0x1p-14f) { // subnormal: an integer multiple of 2^-24
      return (short) (sign | (int) Math.rint(magnitude * 0x1p24f));
    }
    int absolute = bits & 0x7fffffff;
    int rounded = absolute + 0xfff + ((absolute >>> 13) & 1);
    return (short) (sign | (rounded - (112 << 23)) >>> 13);
  }

  /** Returns a number's upper half, rounded to nearest even: bfloat16. */
  public static short floatToBrain(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  static String known() {
    return Arrays.toString(values());
  }
}
