package dev.parley.cli.terminal;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/**
 * Where a command prints. The launcher says which of the streams a person looks at, since Java 17
 * cannot ask.
 *
 * @param out results: what a pipe should carry
 * @param err progress, notes and errors
 * @param live whether standard error is a terminal on which lines may be drawn over
 * @param colour whether standard output may be coloured
 * @param errColour whether standard error may be coloured
 * @param columns the width of a line
 */
public record Terminal(
    PrintStream out,
    PrintStream err,
    boolean live,
    boolean colour,
    boolean errColour,
    int columns) {

  private static final int NARROWEST = 40;
  private static final int USUAL = 80;
  private static final int WIDEST_HELP = 100;

  /** A terminal at least so wide that a progress line fits. */
  public Terminal {
    columns = Math.max(NARROWEST, columns);
  }

  /** The terminal of this process, from what the launcher says and NO_COLOR, TERM. */
  public static Terminal ofProcess() {
    return of(
        new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8),
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
        System.getProperty("parley.terminal", ""),
        System.getenv());
  }

  /**
   * A terminal.
   *
   * @param launcher what the launcher says: words of "out", "err", and the number of columns
   * @param environment the environment variables
   */
  static Terminal of(
      PrintStream out, PrintStream err, String launcher, Map<String, String> environment) {
    boolean dumb = environment.getOrDefault("TERM", "").equals("dumb");
    boolean plain = dumb || !environment.getOrDefault("NO_COLOR", "").isEmpty();
    boolean outSeen = false;
    boolean errSeen = false;
    int columns = USUAL;
    for (String word : launcher.trim().split("\\s+")) {
      if (word.equals("out")) {
        outSeen = true;
      } else if (word.equals("err")) {
        errSeen = true;
      } else if (word.matches("[1-9][0-9]{0,3}")) {
        columns = Integer.parseInt(word);
      }
    }
    return new Terminal(out, err, errSeen && !dumb, outSeen && !plain, errSeen && !plain, columns);
  }

  /** The width for help texts: not wider than is good to read. */
  public int helpColumns() {
    return Math.max(USUAL, Math.min(columns, WIDEST_HELP));
  }

  /** Writes out what is held back. */
  public void flush() {
    out.flush();
    err.flush();
  }

  /** Bold text for standard output, if it may be coloured. */
  public String bold(String text) {
    return styled(colour, "1", text);
  }

  /** Faint text for standard output, if it may be coloured. */
  public String faint(String text) {
    return styled(colour, "2", text);
  }

  /** Red text for standard error, if it may be coloured. */
  public String red(String text) {
    return styled(errColour, "31", text);
  }

  /** Yellow text for standard error, if it may be coloured. */
  public String yellow(String text) {
    return styled(errColour, "33", text);
  }

  /** Green text for standard error, if it may be coloured. */
  public String green(String text) {
    return styled(errColour, "32", text);
  }

  private static String styled(boolean on, String code, String text) {
    return on ? "\u001B[" + code + "m" + text + "\u001B[0m" : text;
  }
}
