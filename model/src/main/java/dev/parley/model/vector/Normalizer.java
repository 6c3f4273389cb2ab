package dev.parley.model.vector;

import dev.parley.model.decoder.DecoderShape.Norm;
import jdk.incubator.vector.FloatVector;

/**
 * The norm of a decoder: of the stream, or of one head's queries and keys.
 *
 * @param kind which norm
 * @param epsilon added under its root
 */
record Normalizer(Norm kind, double epsilon) {

  /**
   * Normalises some numbers.
   *
   * @param x holds them side by side
   * @param at where they begin
   * @param weight one factor each
   * @param bias one addend each, or empty
   * @param y takes the results; may be x
   * @param to where the first goes
   * @param step from one result's place to the next
   */
  void apply(float[] x, int at, float[] weight, float[] bias, float[] y, int to, int step) {
    int size = weight.length;
    float mean = 0;
    if (kind == Norm.LAYER) {
      mean = sum(x, at, size) / size;
    }
    double variance = squares(x, at, size, mean) / size;
    float scale = (float) (1 / Math.sqrt(variance + epsilon));
    for (int i = 0; i < size; i++) {
      float factor = kind == Norm.RMS_ONE_PLUS ? 1 + weight[i] : weight[i];
      float shift = bias.length == 0 ? 0 : bias[i];
      y[to + i * step] = (x[at + i] - mean) * scale * factor + shift;
    }
  }

  private static float sum(float[] x, int at, int size) {
    FloatVector sums = FloatVector.zero(Lanes.FLOATS);
    int i = 0;
    for (; i + Lanes.COUNT <= size; i += Lanes.COUNT) {
      sums = sums.add(FloatVector.fromArray(Lanes.FLOATS, x, at + i));
    }
    float sum = Lanes.sum(sums);
    for (; i < size; i++) {
      sum += x[at + i];
    }
    return sum;
  }

  private static double squares(float[] x, int at, int size, float mean) {
    FloatVector sums = FloatVector.zero(Lanes.FLOATS);
    int i = 0;
    for (; i + Lanes.COUNT <= size; i += Lanes.COUNT) {
      FloatVector deviation = FloatVector.fromArray(Lanes.FLOATS, x, at + i).sub(mean);
      sums = deviation.fma(deviation, sums);
    }
    double sum = Lanes.sum(sums);
    for (; i < size; i++) {
      double deviation = x[at + i] - mean;
      sum += deviation * deviation;
    }
    return sum;
  }
}
