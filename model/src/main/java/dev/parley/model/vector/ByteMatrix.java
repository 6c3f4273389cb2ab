package dev.parley.model.vector;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A packed matrix of whole numbers from −127 to 127 with one scale per output: a quarter of the
 * bytes to read. A weight becomes the nearest multiple of its output's scale, which is the largest
 * weight / 127. Rows stay in single precision.
 */
final class ByteMatrix extends PackedMatrix {

  private static final int LARGEST = 127;

  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(
          byte.class,
          VectorShape.forBitSize(Math.max(64, Lanes.FLOATS.vectorBitSize() / Float.BYTES)));

  private final byte[] weights;
  private final float[] scales;

  ByteMatrix(int outputs, int inputs) {
    super(outputs, inputs);
    // A vector of bytes may be wider than what is used of it.
    this.weights = new byte[paddedOutputs() * inputs + BYTES.length()];
    this.scales = new float[paddedOutputs()];
  }

  @Override
  void scale(int output, float[] values, int from) {
    float largest = 0;
    for (int i = from; i < from + inputs(); i++) {
      largest = Math.max(largest, Math.abs(values[i]));
    }
    scales[output] = largest / LARGEST;
  }

  @Override
  void store(int index, int output, float weight) {
    float scale = scales[output];
    weights[index] = (byte) (scale == 0 ? 0 : Math.round(weight / scale));
  }

  @Override
  long bytes() {
    return (long) weights.length + (long) scales.length * Float.BYTES;
  }

  @Override
  FloatVector vector(int index) {
    return (FloatVector)
        ByteVector.fromArray(BYTES, weights, index)
            .convertShape(VectorOperators.B2F, Lanes.FLOATS, 0);
  }

  @Override
  void finish(float[] y, int at, int panel) {
    for (int i = 0; i < Lanes.PANEL; i++) {
      y[at + i] *= scales[panel * Lanes.PANEL + i];
    }
  }
}
