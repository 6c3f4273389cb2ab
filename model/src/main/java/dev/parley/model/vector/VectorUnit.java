package dev.parley.model.vector;

import com.sun.management.HotSpotDiagnosticMXBean;
import com.sun.management.VMOption;
import java.lang.management.ManagementFactory;
import java.util.Optional;

/** Whether this JVM can compute with whole vectors. */
public final class VectorUnit {

  private static final String MODULE = "jdk.incubator.vector";

  /** The level of HotSpot's compiler that turns vector operations into instructions. */
  private static final int FULL_OPTIMISATION = 4;

  private VectorUnit() {}

  /**
   * Tells what is missing.
   *
   * @return what to do about it; empty if nothing is missing
   */
  public static Optional<String> missing() {
    if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
      return Optional.of("start Java with --add-modules " + MODULE);
    }
    if (!optimises()) {
      return Optional.of("start Java without -XX:TieredStopAtLevel and without -Xint");
    }
    return Optional.empty();
  }

  /** Without the optimising compiler every vector operation would be a call and an object. */
  private static boolean optimises() {
    HotSpotDiagnosticMXBean machine =
        ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
    VMOption level = machine.getVMOption("TieredStopAtLevel");
    VMOption compiler = machine.getVMOption("UseCompiler");
    return Integer.parseInt(level.getValue()) == FULL_OPTIMISATION
        && Boolean.parseBoolean(compiler.getValue());
  }
}
