package dev.parley.cli.terminal;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** A terminal whose output a test can read. */
public final class CapturedTerminal {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Terminal terminal;

  private CapturedTerminal(boolean live, boolean colour) {
    this.terminal =
        new Terminal(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            live,
            colour,
            colour,
            80);
  }

  /** A pipe: nobody looks. */
  public static CapturedTerminal piped() {
    return new CapturedTerminal(false, false);
  }

  /** A terminal of 80 columns that a person looks at, with colours. */
  public static CapturedTerminal seen() {
    return new CapturedTerminal(true, true);
  }

  /** The terminal to hand over. */
  public Terminal terminal() {
    return terminal;
  }

  /** What was printed to standard output. */
  public String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  /** What was printed to standard error. */
  public String err() {
    return err.toString(StandardCharsets.UTF_8);
  }
}
