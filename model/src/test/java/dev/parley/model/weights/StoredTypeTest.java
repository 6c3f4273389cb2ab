package dev.parley.model.weights;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class StoredTypeTest {

  private static float stored(StoredType type, float value) {
    ByteBuffer buffer = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    type.write(buffer, value);
    return type.read(buffer.flip());
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16"})
  void everyNumberOfSixteenBitsIsReadAndWrittenBack(StoredType type) {
    for (int bits = 0; bits <= 0xffff; bits++) {
      ByteBuffer buffer = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
      buffer.putShort((short) bits);
      float value = type.read(buffer.flip());
      float again = stored(type, value);
      if (Float.isNaN(value)) {
        assertThat(again).isNaN();
      } else {
        assertThat(Float.floatToRawIntBits(again)).isEqualTo(Float.floatToRawIntBits(value));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F16, 1.00048828125, 1", // half way, down to the even one
    "F16, 1.00146484375, 1.001953125", // half way, up to the even one
    "F16, 65519.996, 65504",
    "F16, 65520, Infinity",
    "F16, 2.9802322E-8, 0", // half of the smallest
    "F16, 2.9802326E-8, 5.9604645E-8",
    "BF16, 1.00390625, 1",
    "BF16, 1.01171875, 1.015625",
    "BF16, 3.4028235E38, Infinity",
    "F32, 1.0000001, 1.0000001",
  })
  void roundingGoesToTheNearestAndToEvenInTheMiddle(StoredType type, float value, float expected) {
    assertThat(stored(type, value)).isEqualTo(expected);
    assertThat(stored(type, -value)).isEqualTo(-expected);
  }

  @Test
  void halvesAreThoseOfIeee754() {
    short[] bits = {0x3c00, (short) 0xc000, 0x7bff, 0x0001, 0x0400, 0x3555};
    float[] values = {1, -2, 65504, 0x1p-24f, 0x1p-14f, 0.333251953125f};
    for (int i = 0; i < bits.length; i++) {
      ByteBuffer buffer = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
      buffer.putShort(bits[i]);
      assertThat(StoredType.F16.read(buffer.flip())).isEqualTo(values[i]);
    }
  }
}
