package dev.parley.cli.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * A few lines that change: drawn over in place on a terminal, and elsewhere printed now and then as
 * ordinary lines, so that a log file stays short. Safe for several threads.
 */
public final class LiveLines implements AutoCloseable {

  private static final Duration REDRAW = Duration.ofMillis(100);
  private static final Duration PRINT = Duration.ofSeconds(5);

  private final PrintStream out;
  private final boolean live;
  private final int columns;
  private final LongSupplier nanoTime;
  private List<String> shown = List.of();
  private List<String> latest = List.of();
  private long lastShown;

  /** Lines on the standard error of a terminal. */
  public LiveLines(Terminal terminal) {
    this(terminal, System::nanoTime);
  }

  /**
   * Lines with a clock of their own.
   *
   * @param nanoTime nanoseconds that grow, as {@link System#nanoTime}
   */
  public LiveLines(Terminal terminal, LongSupplier nanoTime) {
    this.out = terminal.err();
    this.live = terminal.live();
    this.columns = terminal.columns();
    this.nanoTime = nanoTime;
    // The first line is drawn at once where it can be drawn over, and later where it stays.
    this.lastShown = live ? nanoTime.getAsLong() - REDRAW.toNanos() : nanoTime.getAsLong();
  }

  /**
   * Shows new lines in place of the last ones, unless those are only just drawn.
   *
   * @param lines what to show
   */
  public synchronized void show(List<String> lines) {
    latest = List.copyOf(lines);
    long now = nanoTime.getAsLong();
    long pause = (live ? REDRAW : PRINT).toNanos();
    if (now - lastShown >= pause) {
      draw(now);
    }
  }

  /**
   * Prints a line that stays, above those that change.
   *
   * @param line the line
   */
  public synchronized void print(String line) {
    erase();
    out.println(line);
    if (live) {
      draw(nanoTime.getAsLong());
    }
  }

  /** Leaves the latest lines standing. */
  @Override
  public synchronized void close() {
    if (!latest.equals(shown)) {
      draw(nanoTime.getAsLong());
    }
    shown = List.of();
    latest = List.of();
    out.flush();
  }

  /** Takes the changing lines away. */
  public synchronized void clear() {
    erase();
    shown = List.of();
    latest = List.of();
    out.flush();
  }

  private void draw(long now) {
    erase();
    for (String line : latest) {
      out.println(live ? cut(line) : line);
    }
    out.flush();
    shown = latest;
    lastShown = now;
  }

  private void erase() {
    if (live && !shown.isEmpty()) {
      // Cursor up over the lines, then clear to the end of the screen.
      out.print("\u001B[" + shown.size() + "A\u001B[J");
      shown = List.of();
    }
  }

  /**
   * A line that does not wrap: a wrapped one could not be drawn over. The last column stays free,
   * as some terminals wrap there.
   */
  private String cut(String line) {
    return line.length() < columns ? line : line.substring(0, columns - 2) + "…";
  }
}
