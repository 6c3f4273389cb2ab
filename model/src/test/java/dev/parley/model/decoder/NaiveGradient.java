package dev.parley.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.weights.Weights;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;

/**
 * Central differences of a loss over a twin's tensors, (L(w + εd) − L(w − εd)) / 2ε, held against
 * gradients: along random directions through whole tensors, and along single numbers.
 */
final class NaiveGradient {

  private static final double STEP = 1e-4;
  private static final int DIRECTIONS = 2;
  private static final int NUMBERS = 8;

  /** Of the gradient's length: what single precision costs, and far less than an error would. */
  private static final double TOLERANCE = 2e-4;

  private NaiveGradient() {}

  /**
   * Asserts that gradients are right for every tensor.
   *
   * @param gradients of the model
   * @param tensors of the model's twin, which the loss reads
   * @param loss computes the loss anew
   */
  static void check(Weights gradients, Map<String, double[]> tensors, DoubleSupplier loss) {
    Random random = new Random(1);
    double reached = 0;
    for (Map.Entry<String, double[]> tensor : tensors.entrySet()) {
      float[] gradient = gradients.floats(tensor.getKey());
      double length = Math.sqrt(dot(gradient, widen(gradient)));
      reached += length;
      for (int i = 0; i < DIRECTIONS + NUMBERS; i++) {
        double[] direction =
            i < DIRECTIONS
                ? anywhere(gradient.length, random)
                : axis(gradient.length, random.nextInt(gradient.length));
        assertThat(dot(gradient, direction))
            .as("gradient of %s along direction %s", tensor.getKey(), i)
            .isCloseTo(
                slope(tensor.getValue(), direction, loss), within(TOLERANCE * length + 2e-5));
      }
    }
    assertThat(reached).as("length of all gradients").isPositive();
  }

  private static double slope(double[] tensor, double[] direction, DoubleSupplier loss) {
    double[] before = tensor.clone();
    double[] values = new double[2];
    for (int side = 0; side < 2; side++) {
      for (int i = 0; i < tensor.length; i++) {
        tensor[i] = before[i] + (side == 0 ? STEP : -STEP) * direction[i];
      }
      values[side] = loss.getAsDouble();
    }
    System.arraycopy(before, 0, tensor, 0, tensor.length);
    return (values[0] - values[1]) / (2 * STEP);
  }

  private static double[] anywhere(int size, Random random) {
    double[] direction = new double[size];
    double square = 0;
    for (int i = 0; i < size; i++) {
      direction[i] = random.nextGaussian();
      square += direction[i] * direction[i];
    }
    for (int i = 0; i < size; i++) {
      direction[i] /= Math.sqrt(square);
    }
    return direction;
  }

  private static double[] axis(int size, int index) {
    double[] direction = new double[size];
    direction[index] = 1;
    return direction;
  }

  private static double[] widen(float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      wide[i] = values[i];
    }
    return wide;
  }

  private static double dot(float[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
