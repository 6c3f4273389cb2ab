package dev.parley.trainer.loss;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import dev.parley.model.torchscript.Libtorch;

/** Arrays and gradients of one test, gone when it closes. */
public final class GradientScope implements AutoCloseable {
  private final NDManager manager = Libtorch.manager(Device.cpu());
  private final GradientCollector collector = Engine.getInstance().newGradientCollector();

  /** An array that collects a gradient. */
  public NDArray leaf(float... values) {
    NDArray leaf = manager.create(values);
    leaf.setRequiresGradient(true);
    return leaf;
  }

  /** An array that does not. */
  public NDArray constant(float... values) {
    return manager.create(values);
  }

  /** Computes the gradients of the loss. */
  public void backward(NDArray loss) {
    collector.backward(loss);
  }

  /** What the last backward left at a leaf. */
  public static float[] gradient(NDArray leaf) {
    try (NDArray gradient = leaf.getGradient()) {
      return gradient.toFloatArray();
    }
  }

  @Override
  public void close() {
    collector.close();
    manager.close();
  }
}
