package dev.parley.model.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/**
 * Switches gradient recording on and off for the calling thread, and runs backward passes.
 *
 * <p>Do not count on the state that a thread starts with.
 */
public final class Autograd {

  private Autograd() {}

  /** Restores the recording state that held before. */
  public interface Scope extends AutoCloseable {
    @Override
    void close();
  }

  /** Records gradients on this thread until the scope is closed. */
  public static Scope on() {
    return switchTo(true);
  }

  /** Records no gradients on this thread until the scope is closed. */
  public static Scope off() {
    return switchTo(false);
  }

  private static Scope switchTo(boolean enabled) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(enabled);
    return () -> JniUtils.setGradMode(before);
  }

  /**
   * Back-propagates from a scalar to the leaves that require gradients.
   *
   * @param loss a scalar with a graph; its graph is freed
   */
  public static void backward(NDArray loss) {
    NDManager manager = loss.getManager();
    try (NDArray one = manager.ones(loss.getShape(), loss.getDataType())) {
      JniUtils.backward((PtNDArray) loss, (PtNDArray) one, false, false);
    }
  }

  /** Tells whether a gradient has reached a leaf. */
  public static boolean reached(NDArray leaf) {
    try (NDArray gradient = JniUtils.getGradient((PtNDArray) leaf)) {
      return gradient != null;
    }
  }

  /**
   * Returns a leaf's gradient.
   *
   * @param leaf an array that requires a gradient
   * @return a new array in the leaf's manager, or zeros of its shape if no gradient reached it
   */
  public static NDArray gradient(NDArray leaf) {
    NDArray gradient = JniUtils.getGradient((PtNDArray) leaf);
    return gradient == null ? leaf.getManager().zeros(leaf.getShape()) : gradient;
  }
}
