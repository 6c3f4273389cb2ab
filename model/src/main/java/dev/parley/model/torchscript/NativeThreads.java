package dev.parley.model.torchscript;

import ai.djl.pytorch.jni.JniUtils;
import java.util.Optional;

/**
 * The number of threads that one libtorch operation is spread over.
 *
 * <p>It is a setting of the thread that calls operations: each Java thread has its own, and one
 * that has set none takes the newest that any thread had set when it first computed.
 */
public final class NativeThreads {

  private NativeThreads() {}

  /**
   * Sets the number for the calling thread, and for threads that have not computed yet.
   *
   * @param threads at least 1
   */
  public static void set(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", expected at least 1");
    }
    // The first question about the number overwrites it with the newest of any thread: ask before.
    get();
    JniUtils.setNumThreads(threads);
  }

  /** Returns the number of the calling thread. */
  public static int get() {
    Libtorch.load();
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
