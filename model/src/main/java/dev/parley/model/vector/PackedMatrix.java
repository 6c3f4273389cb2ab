package dev.parley.model.vector;

import dev.parley.model.decoding.WeightFormat;
import jdk.incubator.vector.FloatVector;

/**
 * A matrix {@code [outputs, inputs]} laid out for products with few rows at a time, which is what
 * decoding does: there, the time goes into reading the weights once.
 *
 * <p>Outputs stand in panels of {@link Lanes#PANEL}; within a panel, the weights of input 0 for all
 * its outputs come first, then those of input 1, and so on. So weights are read in one sweep, each
 * lane of a vector adds up one output, and nothing is added across lanes. Each output adds its
 * products in the order of the inputs, whatever the number of rows: a row's result is the same bits
 * alone and among many. Outputs after the last are zeros.
 *
 * <p>Rows come in blocks ({@link #block}), element by element side by side: element i of row r of a
 * block of n stands at {@code i * n + r}. A single row comes as it is.
 *
 * <p>The kernels are written for the JIT compiler: with one or two number formats in a process it
 * inlines {@link #vector} and keeps all sums in registers.
 */
abstract sealed class PackedMatrix permits FloatMatrix, BrainFloatMatrix, ByteMatrix {

  /** Rows that share one reading of the weights: their sums fill half of AVX2's 16 registers. */
  private static final int SMALL_BLOCK = 4;

  /** The same for AVX-512, which has twice as many registers. */
  private static final int LARGE_BLOCK = 8;

  /** Lanes of the processors that have the registers for large blocks. */
  private static final int LANES_OF_LARGE_BLOCKS = 16;

  /** Inputs that are packed at a time: single-precision numbers in a cache line. */
  private static final int TILE = 16;

  private final int outputs;
  private final int inputs;

  PackedMatrix(int outputs, int inputs) {
    this.outputs = outputs;
    this.inputs = inputs;
    if ((long) paddedOutputs() * inputs > Integer.MAX_VALUE - 8) {
      throw new IllegalArgumentException(
          "a matrix of "
              + outputs
              + " by "
              + inputs
              + " has more numbers than a Java array holds; decode with \"torch\"");
    }
  }

  /** Makes a matrix of zeros. */
  static PackedMatrix zeros(WeightFormat format, int outputs, int inputs) {
    return switch (format) {
      case FLOAT32 -> new FloatMatrix(outputs, inputs);
      case BFLOAT16 -> new BrainFloatMatrix(outputs, inputs);
      case INT8 -> new ByteMatrix(outputs, inputs);
    };
  }

  /** Returns the number of outputs. */
  final int outputs() {
    return outputs;
  }

  /** Returns the number of inputs. */
  final int inputs() {
    return inputs;
  }

  /** Returns the number of panels. */
  final int panels() {
    return (outputs + Lanes.PANEL - 1) / Lanes.PANEL;
  }

  /** Returns the number of outputs with the zeros after the last. */
  final int paddedOutputs() {
    return panels() * Lanes.PANEL;
  }

  /**
   * Overwrites the weights of one panel.
   *
   * @param panel which one
   * @param weights row-major weights of the panel's outputs, of which the last panel may have fewer
   */
  final void set(int panel, float[] weights) {
    int first = panel * Lanes.PANEL;
    int count = Math.min(Lanes.PANEL, outputs - first);
    for (int o = 0; o < count; o++) {
      scale(first + o, weights, o * inputs);
    }
    // A few inputs of all outputs at a time: what is read is a cache line of each output, what is
    // written stays in the cache until it is complete.
    for (int begin = 0; begin < inputs; begin += TILE) {
      int end = Math.min(inputs, begin + TILE);
      for (int o = 0; o < count; o++) {
        int to = first * inputs + o;
        for (int i = begin; i < end; i++) {
          store(to + i * Lanes.PANEL, first + o, weights[o * inputs + i]);
        }
      }
    }
  }

  /**
   * Hears of an output's weights before they are stored; a format with scales chooses one here.
   *
   * @param output which one
   * @param weights holds its weights
   * @param from where they begin
   */
  abstract void scale(int output, float[] weights, int from);

  /** Stores one weight of an output. */
  abstract void store(int index, int output, float weight);

  /** Returns the bytes that a product reads. */
  abstract long bytes();

  /** Reads the weights that begin at an index, as single precision. */
  abstract FloatVector vector(int index);

  /**
   * Finishes the sums of one panel; a format with scales applies them here.
   *
   * @param y holds the sums
   * @param at where they begin
   * @param panel which panel
   */
  abstract void finish(float[] y, int at, int panel);

  /**
   * Returns how many rows stand side by side.
   *
   * @param rows how many there are in all
   */
  static int block(int rows) {
    if (rows == 1) {
      return 1;
    }
    return rows > SMALL_BLOCK && Lanes.COUNT >= LANES_OF_LARGE_BLOCKS ? LARGE_BLOCK : SMALL_BLOCK;
  }

  /**
   * Multiplies rows with some panels: {@code y[r][o] = sum_i x[r][i] w[o][i]}.
   *
   * @param x the rows in blocks of {@link #block}
   * @param rows their number
   * @param y takes the results row after row; it has room for whole blocks
   * @param stride of the rows of y, at least {@link #paddedOutputs}
   * @param first the first panel
   * @param end the panel after the last
   */
  final void multiply(float[] x, int rows, float[] y, int stride, int first, int end) {
    int block = block(rows);
    int panel = first;
    if (block == 1) {
      for (; panel + 1 < end; panel += 2) {
        rowWithTwoPanels(x, y, panel);
      }
      if (panel < end) {
        rowWithPanel(x, y, panel);
      }
      return;
    }
    for (; panel < end; panel++) {
      for (int row = 0; row < rows; row += block) {
        int at = row * inputs;
        if (block == LARGE_BLOCK && rows - row > SMALL_BLOCK) {
          eightRowsWithPanel(x, at, y, row * stride, stride, panel);
        } else {
          fourRowsWithPanel(x, at, block, y, row * stride, stride, panel);
        }
      }
    }
  }

  private void rowWithTwoPanels(float[] x, float[] y, int panel) {
    int left = panel * Lanes.PANEL * inputs;
    int right = left + Lanes.PANEL * inputs;
    FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int i = 0; i < inputs; i++) {
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, x[i]);
      sum0 = vector(left + i * Lanes.PANEL).fma(factor, sum0);
      sum1 = vector(left + i * Lanes.PANEL + Lanes.COUNT).fma(factor, sum1);
      sum2 = vector(right + i * Lanes.PANEL).fma(factor, sum2);
      sum3 = vector(right + i * Lanes.PANEL + Lanes.COUNT).fma(factor, sum3);
    }
    int place = panel * Lanes.PANEL;
    sum0.intoArray(y, place);
    sum1.intoArray(y, place + Lanes.COUNT);
    sum2.intoArray(y, place + Lanes.PANEL);
    sum3.intoArray(y, place + Lanes.PANEL + Lanes.COUNT);
    finish(y, place, panel);
    finish(y, place + Lanes.PANEL, panel + 1);
  }

  private void rowWithPanel(float[] x, float[] y, int panel) {
    int begin = panel * Lanes.PANEL * inputs;
    FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum1 = sum0;
    for (int i = 0; i < inputs; i++) {
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, x[i]);
      sum0 = vector(begin + i * Lanes.PANEL).fma(factor, sum0);
      sum1 = vector(begin + i * Lanes.PANEL + Lanes.COUNT).fma(factor, sum1);
    }
    int place = panel * Lanes.PANEL;
    sum0.intoArray(y, place);
    sum1.intoArray(y, place + Lanes.COUNT);
    finish(y, place, panel);
  }

  private void fourRowsWithPanel(
      float[] x, int at, int block, float[] y, int to, int stride, int panel) {
    int begin = panel * Lanes.PANEL * inputs;
    FloatVector sum00 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum01 = sum00;
    FloatVector sum10 = sum00;
    FloatVector sum11 = sum00;
    FloatVector sum20 = sum00;
    FloatVector sum21 = sum00;
    FloatVector sum30 = sum00;
    FloatVector sum31 = sum00;
    for (int i = 0; i < inputs; i++) {
      FloatVector left = vector(begin + i * Lanes.PANEL);
      FloatVector right = vector(begin + i * Lanes.PANEL + Lanes.COUNT);
      int from = at + block * i;
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, x[from]);
      sum00 = left.fma(factor, sum00);
      sum01 = right.fma(factor, sum01);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 1]);
      sum10 = left.fma(factor, sum10);
      sum11 = right.fma(factor, sum11);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 2]);
      sum20 = left.fma(factor, sum20);
      sum21 = right.fma(factor, sum21);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 3]);
      sum30 = left.fma(factor, sum30);
      sum31 = right.fma(factor, sum31);
    }
    int place = to + panel * Lanes.PANEL;
    sum00.intoArray(y, place);
    sum01.intoArray(y, place + Lanes.COUNT);
    sum10.intoArray(y, place + stride);
    sum11.intoArray(y, place + stride + Lanes.COUNT);
    sum20.intoArray(y, place + 2 * stride);
    sum21.intoArray(y, place + 2 * stride + Lanes.COUNT);
    sum30.intoArray(y, place + 3 * stride);
    sum31.intoArray(y, place + 3 * stride + Lanes.COUNT);
    for (int row = 0; row < SMALL_BLOCK; row++) {
      finish(y, place + row * stride, panel);
    }
  }

  private void eightRowsWithPanel(float[] x, int at, float[] y, int to, int stride, int panel) {
    int begin = panel * Lanes.PANEL * inputs;
    FloatVector sum00 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum01 = sum00;
    FloatVector sum10 = sum00;
    FloatVector sum11 = sum00;
    FloatVector sum20 = sum00;
    FloatVector sum21 = sum00;
    FloatVector sum30 = sum00;
    FloatVector sum31 = sum00;
    FloatVector sum40 = sum00;
    FloatVector sum41 = sum00;
    FloatVector sum50 = sum00;
    FloatVector sum51 = sum00;
    FloatVector sum60 = sum00;
    FloatVector sum61 = sum00;
    FloatVector sum70 = sum00;
    FloatVector sum71 = sum00;
    for (int i = 0; i < inputs; i++) {
      FloatVector left = vector(begin + i * Lanes.PANEL);
      FloatVector right = vector(begin + i * Lanes.PANEL + Lanes.COUNT);
      int from = at + LARGE_BLOCK * i;
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, x[from]);
      sum00 = left.fma(factor, sum00);
      sum01 = right.fma(factor, sum01);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 1]);
      sum10 = left.fma(factor, sum10);
      sum11 = right.fma(factor, sum11);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 2]);
      sum20 = left.fma(factor, sum20);
      sum21 = right.fma(factor, sum21);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 3]);
      sum30 = left.fma(factor, sum30);
      sum31 = right.fma(factor, sum31);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 4]);
      sum40 = left.fma(factor, sum40);
      sum41 = right.fma(factor, sum41);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 5]);
      sum50 = left.fma(factor, sum50);
      sum51 = right.fma(factor, sum51);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 6]);
      sum60 = left.fma(factor, sum60);
      sum61 = right.fma(factor, sum61);
      factor = FloatVector.broadcast(Lanes.FLOATS, x[from + 7]);
      sum70 = left.fma(factor, sum70);
      sum71 = right.fma(factor, sum71);
    }
    int place = to + panel * Lanes.PANEL;
    sum00.intoArray(y, place);
    sum01.intoArray(y, place + Lanes.COUNT);
    sum10.intoArray(y, place + stride);
    sum11.intoArray(y, place + stride + Lanes.COUNT);
    sum20.intoArray(y, place + 2 * stride);
    sum21.intoArray(y, place + 2 * stride + Lanes.COUNT);
    sum30.intoArray(y, place + 3 * stride);
    sum31.intoArray(y, place + 3 * stride + Lanes.COUNT);
    sum40.intoArray(y, place + 4 * stride);
    sum41.intoArray(y, place + 4 * stride + Lanes.COUNT);
    sum50.intoArray(y, place + 5 * stride);
    sum51.intoArray(y, place + 5 * stride + Lanes.COUNT);
    sum60.intoArray(y, place + 6 * stride);
    sum61.intoArray(y, place + 6 * stride + Lanes.COUNT);
    sum70.intoArray(y, place + 7 * stride);
    sum71.intoArray(y, place + 7 * stride + Lanes.COUNT);
    for (int row = 0; row < LARGE_BLOCK; row++) {
      finish(y, place + row * stride, panel);
    }
  }
}
