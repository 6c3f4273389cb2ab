package dev.parley.bench.own;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.model.torchscript.Program;

/** A plain product of two square matrices in single precision: as fast as these cores multiply. */
final class MatrixProduct implements AutoCloseable {

  private static final Program PROGRAM = Program.load(MatrixProduct.class, "product.torchscript");

  private static final int SIDE = 2048;

  /** Floating-point operations of one product. */
  static final double FLOPS = 2.0 * SIDE * SIDE * SIDE;

  private final NDManager manager = Libtorch.manager(Device.cpu());
  private final NDArray left = manager.ones(new Shape(SIDE, SIDE));
  private final NDArray right = manager.ones(new Shape(SIDE, SIDE));
  private final NDArray result = manager.zeros(new Shape(SIDE, SIDE));

  /** Multiplies, into memory that is there already. */
  void compute() {
    try (NDManager scope = manager.newSubManager()) {
      PROGRAM.run(scope, "product", left, right, result);
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
