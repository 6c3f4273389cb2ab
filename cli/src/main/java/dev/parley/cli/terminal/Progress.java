package dev.parley.cli.terminal;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.LongSupplier;

/**
 * How far one piece of work is: bar, count, rate, time left. Safe for several threads.
 *
 * <p>On a terminal: {@code reading ██████▍ 62% 1,240/2,000 rows 413 rows/s 1.2k tok/s ETA 2s},
 * drawn over in place. Elsewhere the same words every few seconds, a line each.
 */
public final class Progress implements AutoCloseable {

  /** How a count and a rate are written. */
  public enum Unit {
    /** Bytes: {@code 1.2 GB}. */
    BYTES,
    /** Things that are counted one by one. */
    THINGS
  }

  private static final int BAR = 16;

  private final LiveLines lines;
  private final boolean smooth;
  private final LongSupplier nanoTime;
  private final String label;
  private final String unitName;
  private final Unit unit;
  private final long began;
  private final Rate rate = new Rate();
  private long done;
  private final long total;
  private boolean cleared;
  private OptionalDouble tokensPerSecond = OptionalDouble.empty();

  /**
   * Progress in things.
   *
   * @param terminal where to show it
   * @param label what is being done
   * @param unitName what is counted, in the plural: "rows"
   * @param total how many there are; 0 if unknown
   */
  public static Progress ofThings(Terminal terminal, String label, String unitName, long total) {
    return new Progress(terminal, label, unitName, Unit.THINGS, total, System::nanoTime);
  }

  /**
   * Progress in bytes.
   *
   * @param terminal where to show it
   * @param label what is being done
   * @param total how many there are; 0 if unknown
   */
  public static Progress ofBytes(Terminal terminal, String label, long total) {
    return new Progress(terminal, label, "", Unit.BYTES, total, System::nanoTime);
  }

  Progress(
      Terminal terminal,
      String label,
      String unitName,
      Unit unit,
      long total,
      LongSupplier nanoTime) {
    this.lines = new LiveLines(terminal, nanoTime);
    this.smooth = terminal.live();
    this.nanoTime = nanoTime;
    this.label = label;
    this.unitName = unitName;
    this.unit = unit;
    this.total = total;
    this.began = nanoTime.getAsLong();
    rate.note(began, 0);
  }

  /** Sets how much is done. */
  public synchronized void at(long count) {
    done = count;
    rate.note(nanoTime.getAsLong(), done);
    lines.show(List.of(line()));
  }

  /** Adds to what is done. */
  public synchronized void add(long count) {
    at(done + count);
  }

  /** Takes work that was already done before, at no speed of ours. */
  public synchronized void skip(long count) {
    done += count;
    rate.restart(nanoTime.getAsLong(), done);
    lines.show(List.of(line()));
  }

  /** Sets how many tokens go through in a second. */
  public synchronized void tokensPerSecond(double tokens) {
    tokensPerSecond = OptionalDouble.of(tokens);
  }

  /** Prints a line that stays. */
  public void note(String line) {
    lines.print(line);
  }

  /** Takes the progress away: nothing of it stays on a terminal. */
  public synchronized void clear() {
    lines.clear();
    cleared = true;
  }

  /** Leaves the last state standing, with the time it took, unless it was cleared. */
  @Override
  public synchronized void close() {
    if (cleared) {
      return;
    }
    lines.show(
        List.of(
            line() + "  in " + Quantity.duration(Duration.ofNanos(nanoTime.getAsLong() - began))));
    lines.close();
  }

  private String line() {
    List<String> parts = new ArrayList<>();
    String bar = ProgressBar.of(done, total, BAR, smooth);
    parts.add(bar.isEmpty() ? label : label + " " + bar);
    if (total > done) {
      rate.timeFor(total - done).ifPresent(left -> parts.add("ETA " + Quantity.duration(left)));
    }
    parts.add(count());
    rate.perSecond()
        .ifPresent(
            speed ->
                parts.add(
                    unit == Unit.BYTES
                        ? Quantity.bytes((long) speed) + "/s"
                        : Quantity.count(speed) + " " + unitName + "/s"));
    tokensPerSecond.ifPresent(tokens -> parts.add(Quantity.count(tokens) + " tok/s"));
    return String.join("  ", parts);
  }

  private String count() {
    if (unit == Unit.BYTES) {
      return total > 0
          ? Quantity.bytes(done) + " of " + Quantity.bytes(total)
          : Quantity.bytes(done);
    }
    return (total > 0 ? Quantity.exact(done) + "/" + Quantity.exact(total) : Quantity.exact(done))
        + " "
        + unitName;
  }
}
