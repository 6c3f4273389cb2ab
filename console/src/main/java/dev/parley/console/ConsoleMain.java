package dev.parley.console;

import io.quarkus.runtime.ApplicationLifecycleManager;
import io.quarkus.runtime.Quarkus;
import io.quarkus.runtime.annotations.QuarkusMain;

/** Starts the service. */
@QuarkusMain
public final class ConsoleMain {

  ConsoleMain() {}

  /** Runs until the process is asked to end. */
  public static void main(String... arguments) {
    ApplicationLifecycleManager.setDefaultExitCodeHandler(ConsoleMain::exit);
    Quarkus.run(arguments);
  }

  private static void exit(int code, Throwable cause) {
    if (ApplicationLifecycleManager.isVmShuttingDown()) {
      // After SIGTERM the virtual machine would say 143, although all work was finished in order.
      Runtime.getRuntime().halt(code);
    }
    System.exit(code);
  }
}
