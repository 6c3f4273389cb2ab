package dev.parley.model.torchscript;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.util.function.Supplier;

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
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(true);
    return () -> JniUtils.setGradMode(before);
  }

  /** Does some work on this thread without recording gradients. */
  public static <T> T off(Supplier<T> work) {
    boolean before = JniUtils.isGradMode();
    JniUtils.setGradMode(false);
    try {
      return work.get();
    } finally {
      JniUtils.setGradMode(before);
    }
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
