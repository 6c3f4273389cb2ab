package dev.parley.cli.watch;

import dev.parley.cli.terminal.ProgressBar;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Rate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** How far one kind of work in a run is. Times are the events' own. */
final class Course {

  private static final int BAR = 16;

  private final Rate rate = new Rate();
  private final String unit;
  private long done;
  private long total;

  /**
   * A course that has not begun.
   *
   * @param unit what is counted, in the plural
   * @param total how many there are; 0 if unknown
   */
  Course(String unit, long total) {
    this.unit = unit;
    this.total = total;
  }

  /**
   * Moves on.
   *
   * @param atMillis when
   * @param newDone how many are done; fewer than before begins anew
   * @param newTotal how many there are; 0 if unknown
   */
  void at(long atMillis, long newDone, long newTotal) {
    done = newDone;
    total = newTotal;
    rate.note(Duration.ofMillis(atMillis).toNanos(), done);
  }

  /** Takes a count that an earlier process reached, at no speed of ours. */
  void resume(long atMillis, long reached) {
    done = reached;
    rate.restart(Duration.ofMillis(atMillis).toNanos(), done);
  }

  long total() {
    return total;
  }

  /** Title, bar, time left and count, for one line. */
  List<String> words(String title, boolean smooth) {
    List<String> words = new ArrayList<>();
    String bar = ProgressBar.of(done, total, BAR, smooth);
    words.add(bar.isEmpty() ? title : title + " " + bar);
    if (total > done) {
      rate.timeFor(total - done).ifPresent(left -> words.add("ETA " + Quantity.duration(left)));
    }
    if (total > 0) {
      words.add(Quantity.exact(done) + "/" + Quantity.exact(total) + " " + unit);
    } else if (done > 0) {
      words.add(Quantity.exact(done) + " " + unit);
    }
    return words;
  }
}
