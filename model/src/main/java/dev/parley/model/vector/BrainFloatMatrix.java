package dev.parley.model.vector;

import dev.parley.model.weights.StoredType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * A packed matrix in bfloat16: half the bytes to read. Products and sums are in single precision,
 * so any processor will do.
 */
final class BrainFloatMatrix extends PackedMatrix {

  private static final VectorSpecies<Short> SHORTS =
      VectorSpecies.of(short.class, VectorShape.forBitSize(Lanes.FLOATS.vectorBitSize() / 2));
  private static final VectorSpecies<Integer> INTS = Lanes.FLOATS.withLanes(int.class);

  private final short[] weights;

  BrainFloatMatrix(int outputs, int inputs) {
    super(outputs, inputs);
    this.weights = new short[paddedOutputs() * inputs];
  }

  @Override
  void scale(int output, float[] values, int from) {
    // The format has an exponent for each weight.
  }

  @Override
  void store(int index, int output, float weight) {
    weights[index] = StoredType.floatToBrain(weight);
  }

  @Override
  long bytes() {
    return (long) weights.length * Short.BYTES;
  }

  @Override
  FloatVector vector(int index) {
    IntVector wide =
        (IntVector)
            ShortVector.fromArray(SHORTS, weights, index)
                .convertShape(VectorOperators.S2I, INTS, 0);
    return wide.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
  }

  @Override
  void finish(float[] y, int at, int panel) {
    // Sums are finished as they are.
  }
}
