package dev.parley.model.torchscript;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import com.sun.jna.Library;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.Map;
import java.util.Optional;

/**
 * The way to libtorch. Whoever makes a manager of arrays asks here, so that what must be in the
 * process before libtorch is there.
 *
 * <p>That is one function for MKL, which libtorch multiplies with in single precision: MKL has
 * kernels for AVX-512, and takes them on processors of Intel only. On those of AMD that have these
 * instructions it is told that they are Intel's, which makes products a tenth faster ({@code
 * docs/decisions/0050-mkl-on-amd.md}).
 */
public final class Libtorch {

  private static final String ENGINE = "PyTorch";

  /** dlopen's RTLD_LAZY and RTLD_GLOBAL: libtorch finds the function here before its own. */
  private static final int LAZY_AND_GLOBAL = 0x101;

  /** Held, since a library that nobody holds is unloaded. */
  @SuppressWarnings("unused")
  private static final Optional<NativeLibrary> MKL_VENDOR =
      Processor.isAmdWithAvx512() ? mklVendor() : Optional.empty();

  private Libtorch() {}

  /** Loads libtorch, unless it is there. */
  static void load() {
    Engine.getEngine(ENGINE);
  }

  /**
   * Returns a new manager of arrays, which the caller closes.
   *
   * @param device where its arrays are
   */
  public static NDManager manager(Device device) {
    return NDManager.newBaseManager(device, ENGINE);
  }

  private static Optional<NativeLibrary> mklVendor() {
    try {
      String file =
          Native.extractFromResourcePath(
                  "/dev/parley/model/torchscript/libparley-mkl-vendor.so",
                  Libtorch.class.getClassLoader())
              .getPath();
      return Optional.of(
          NativeLibrary.getInstance(file, Map.of(Library.OPTION_OPEN_FLAGS, LAZY_AND_GLOBAL)));
    } catch (IOException | LinkageError e) {
      System.getLogger(Libtorch.class.getName())
          .log(
              Level.WARNING,
              "MKL leaves AVX-512 unused on this processor, products take a tenth longer: "
                  + "a library for it could not be loaded ("
                  + e
                  + "). It is written to the directory that java.io.tmpdir names, which must allow"
                  + " programs",
              e);
      return Optional.empty();
    }
  }
}
