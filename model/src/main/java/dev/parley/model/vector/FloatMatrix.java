package dev.parley.model.vector;

import jdk.incubator.vector.FloatVector;

/** A packed matrix in single precision. */
final class FloatMatrix extends PackedMatrix {

  private final float[] weights;

  FloatMatrix(int outputs, int inputs) {
    super(outputs, inputs);
    this.weights = new float[paddedOutputs() * inputs];
  }

  @Override
  void scale(int output, float[] values, int from) {
    // Weights are kept as they are.
  }

  @Override
  void store(int index, int output, float weight) {
    weights[index] = weight;
  }

  @Override
  long bytes() {
    return (long) weights.length * Float.BYTES;
  }

  @Override
  FloatVector vector(int index) {
    return FloatVector.fromArray(Lanes.FLOATS, weights, index);
  }

  @Override
  void finish(float[] y, int at, int panel) {
    // Sums are finished as they are.
  }
}
