package dev.parley.model.torchscript;

import ai.djl.engine.Engine;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Optional;

/** The number of threads that one libtorch operation is spread over, a setting of the process. */
public final class NativeThreads {

  private NativeThreads() {}

  /**
   * Sets the number of threads.
   *
   * @param threads at least 1
   */
  public static void set(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
    }
    Engine.getEngine("PyTorch");
    JniUtils.setNumThreads(threads);
  }

  /** Returns the number of threads in use. */
  public static int get() {
    Engine.getEngine("PyTorch");
    return JniUtils.getNumThreads();
  }

  /**
   * Warns if libtorch's idle threads do not sleep. Threads that spin starve each other as soon as
   * two processes share cores: two generating processes on two cores were seen to make 243 tokens/s
   * together, and 596 with passive waiting.
   *
   * @return what to tell the user; empty if the environment has {@code OMP_WAIT_POLICY=passive} and
   *     {@code GOMP_SPINCOUNT=0}
   */
  public static Optional<String> spinWarning() {
    boolean passive =
        "passive".equalsIgnoreCase(System.getenv("OMP_WAIT_POLICY"))
            && "0".equals(System.getenv("GOMP_SPINCOUNT"));
    return passive
        ? Optional.empty()
        : Optional.of(
            "idle threads of libtorch spin and will starve other processes on these cores; start"
                + " with OMP_WAIT_POLICY=passive GOMP_SPINCOUNT=0 in the environment");
  }
}
