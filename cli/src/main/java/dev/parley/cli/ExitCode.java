package dev.parley.cli;

/** What the process answers to its caller. */
public final class ExitCode {

  /** It did what was asked. */
  public static final int OK = 0;

  /** It could not; one sentence on standard error says why. */
  public static final int FAILED = 1;

  /** The command line makes no sense. */
  public static final int USAGE = 2;

  /** Somebody pressed Ctrl-C. The JVM itself answers so. */
  public static final int INTERRUPTED = 130;

  private ExitCode() {}
}
