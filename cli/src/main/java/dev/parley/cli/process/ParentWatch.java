package dev.parley.cli.process;

import dev.parley.cli.ExitCode;
import java.io.IOException;

/** The child's side: ends this process when the one that started it ends. */
public final class ParentWatch {

  /** Set to {@link #STDIN} in the environment of a child that is to watch. */
  public static final String VARIABLE = "PARLEY_PARENT_WATCH";

  /** The way to watch: read standard input until it ends. */
  public static final String STDIN = "stdin";

  private ParentWatch() {}

  /**
   * Begins to watch if the environment asks for it. The process then ends in the ordinary way, with
   * its shutdown hooks.
   */
  public static void beginIfAsked() {
    if (!STDIN.equals(System.getenv(VARIABLE))) {
      return;
    }
    Thread thread = new Thread(ParentWatch::waitForEnd, "parent-watch");
    thread.setDaemon(true);
    thread.start();
  }

  private static void waitForEnd() {
    try {
      while (System.in.read() >= 0) {
        // Whatever comes has no meaning.
      }
    } catch (IOException e) {
      System.err.println("Standard input broke (" + e.getMessage() + "), which ends the watch.");
    }
    System.err.println("The process that started this one has ended; stopping.");
    System.exit(ExitCode.FAILED);
  }
}
