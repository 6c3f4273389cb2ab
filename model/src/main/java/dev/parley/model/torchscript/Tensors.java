package dev.parley.model.torchscript;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/** Makes the tensors that DJL's own methods cannot: bfloat16 ones, and ordinary copies. */
public final class Tensors {

  private static final Program PROGRAM = Program.load(Tensors.class, "tensors.torchscript");

  private Tensors() {}

  /**
   * Makes zeros on the scope's device.
   *
   * @param scope owns the result
   * @param precision its number format
   * @param shape its shape
   */
  public static NDArray zeros(NDManager scope, Precision precision, long... shape) {
    return make("zeros", scope, precision, shape);
  }

  /**
   * Makes room on the scope's device for numbers that are all written before they are read. The
   * system hands out memory as it is first written: with several threads that write, side by side.
   *
   * @param scope owns the result
   * @param precision its number format
   * @param shape its shape
   */
  public static NDArray empty(NDManager scope, Precision precision, long... shape) {
    return make("empty", scope, precision, shape);
  }

  private static NDArray make(String method, NDManager scope, Precision precision, long... shape) {
    try (NDArray device = scope.create(0f);
        NDArray dimensions = cpuLongs(scope, shape);
        NDArray type = cpuLongs(scope, precision.torchCode())) {
      return Autograd.off(
          () -> PROGRAM.runRecorded(scope, method, device, dimensions, type).get(0));
    }
  }

  /**
   * Makes a tensor of whole numbers on the CPU, from which programs read them without waiting for a
   * GPU.
   *
   * @param scope owns the result
   * @param values its elements
   */
  public static NDArray cpuLongs(NDManager scope, long... values) {
    return scope.create(values, new Shape(values.length)).toDevice(Device.cpu(), false);
  }

  /**
   * Returns some elements in row-major order: where they lie, if they are in single precision on
   * the CPU, and otherwise as a copy.
   *
   * @param scope owns the copy; the buffer may be used until scope or array are closed
   * @param array any tensor of real numbers
   * @param begin the first element
   * @param end the element after the last, fewer than 2^29 on
   */
  public static FloatBuffer floats(NDManager scope, NDArray array, long begin, long end) {
    NDArray part = PROGRAM.run(scope, "floats", array, begin, end).get(0);
    return nativeBytes(part).asFloatBuffer().asReadOnlyBuffer();
  }

  /**
   * Returns the memory of some elements: what is written into it is in the array.
   *
   * @param scope owns what is needed on the way
   * @param array a tensor on the CPU without gaps; the buffer may be used until it is closed
   * @param begin the first element
   * @param end the element after the last, fewer than 2^31 bytes on
   */
  public static ByteBuffer memory(NDManager scope, NDArray array, long begin, long end) {
    return nativeBytes(PROGRAM.run(scope, "part", array, begin, end).get(0));
  }

  private static ByteBuffer nativeBytes(NDArray array) {
    return array.toByteBuffer(true).order(ByteOrder.nativeOrder());
  }

  /**
   * Copies a tensor that came from {@link Program#run} into one that may take part in gradients.
   *
   * @param scope owns the result
   * @param array any tensor
   */
  public static NDArray leaf(NDManager scope, NDArray array) {
    return Autograd.off(() -> PROGRAM.runRecorded(scope, "copy", array).get(0));
  }
}
