package dev.parley.model.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.weights.StoredType;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class PackedMatrixTest {

  private static Stream<Arguments> shapes() {
    return Stream.of(WeightFormat.values())
        .flatMap(
            format ->
                Stream.of(
                    Arguments.of(format, 1, 1, 1),
                    Arguments.of(format, 16, 8, 4),
                    Arguments.of(format, 37, 5, 1),
                    Arguments.of(format, 37, 5, 7),
                    Arguments.of(format, 131, 29, 9),
                    Arguments.of(format, 64, 50, 3),
                    Arguments.of(format, 70, 12, 16),
                    Arguments.of(format, 70, 12, 22)));
  }

  /** What a format makes of the weights of one output. */
  private static float[] rounded(WeightFormat format, float[] weights) {
    float[] kept = weights.clone();
    float largest = 0;
    for (float weight : weights) {
      largest = Math.max(largest, Math.abs(weight));
    }
    for (int i = 0; i < kept.length; i++) {
      kept[i] =
          switch (format) {
            case FLOAT32 -> weights[i];
            case BFLOAT16 ->
                Float.intBitsToFloat(StoredType.floatToBrain(weights[i]) << Short.SIZE);
            case INT8 -> Math.round(weights[i] / (largest / 127)) * (largest / 127);
          };
    }
    return kept;
  }

  @ParameterizedTest(name = "{0}, {1} outputs, {2} inputs, {3} rows")
  @MethodSource("shapes")
  void aProductIsThatOfTheWeightsAsTheFormatKeepsThem(
      WeightFormat format, int outputs, int inputs, int rows) {
    Random random = new Random(1);
    PackedMatrix matrix = PackedMatrix.zeros(format, outputs, inputs);
    float[] given = fill(matrix, random);
    float[][] weights = new float[outputs][];
    for (int o = 0; o < outputs; o++) {
      weights[o] = rounded(format, Arrays.copyOfRange(given, o * inputs, (o + 1) * inputs));
    }
    float[] x = numbers(random, rows * inputs);
    float[] y = multiply(matrix, x, rows);
    for (int r = 0; r < rows; r++) {
      for (int o = 0; o < outputs; o++) {
        double expected = 0;
        for (int i = 0; i < inputs; i++) {
          expected += (double) weights[o][i] * x[r * inputs + i];
        }
        assertThat((double) y[r * matrix.paddedOutputs() + o])
            .as("row %d, output %d", r, o)
            .isCloseTo(expected, within(1e-5));
      }
    }
  }

  @ParameterizedTest(name = "{0}, {1} outputs, {2} inputs, {3} rows")
  @MethodSource("shapes")
  void aRowGivesTheSameBitsAloneAndAmongMany(
      WeightFormat format, int outputs, int inputs, int rows) {
    Random random = new Random(2);
    PackedMatrix matrix = PackedMatrix.zeros(format, outputs, inputs);
    fill(matrix, random);
    float[] x = numbers(random, rows * inputs);
    float[] together = multiply(matrix, x, rows);
    for (int r = 0; r < rows; r++) {
      float[] one = new float[inputs];
      System.arraycopy(x, r * inputs, one, 0, inputs);
      float[] alone = multiply(matrix, one, 1);
      for (int o = 0; o < outputs; o++) {
        assertThat(together[r * matrix.paddedOutputs() + o]).isEqualTo(alone[o]);
      }
    }
  }

  /** Packs random weights, and returns them row by row. */
  private static float[] fill(PackedMatrix matrix, Random random) {
    float[] weights = numbers(random, matrix.outputs() * matrix.inputs());
    int panel = Lanes.PANEL * matrix.inputs();
    for (int i = 0; i < matrix.panels(); i++) {
      int end = Math.min(weights.length, (i + 1) * panel);
      matrix.set(i, Arrays.copyOfRange(weights, i * panel, end));
    }
    return weights;
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }

  private static float[] multiply(PackedMatrix matrix, float[] x, int rows) {
    int inputs = matrix.inputs();
    int block = PackedMatrix.block(rows);
    int padded = (rows + block - 1) / block * block;
    float[] blocks = new float[padded * inputs];
    for (int r = 0; r < rows; r++) {
      for (int i = 0; i < inputs; i++) {
        blocks[r / block * block * inputs + i * block + r % block] = x[r * inputs + i];
      }
    }
    float[] y = new float[padded * matrix.paddedOutputs()];
    int middle = matrix.panels() / 2;
    matrix.multiply(blocks, rows, y, matrix.paddedOutputs(), 0, middle);
    matrix.multiply(blocks, rows, y, matrix.paddedOutputs(), middle, matrix.panels());
    return y;
  }
}
