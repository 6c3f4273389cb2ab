package dev.parley.data.part;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/**
 * Rows of several sources in one stream: each row's source is drawn by weight, and rows of a source
 * keep their order.
 *
 * @param <T> a row
 */
public final class Mixture<T> implements Iterator<Mixture.Drawn<T>> {

  /** What happens when a source that was drawn has no more rows. */
  public enum Exhausted {
    /** The mixture ends: its shares are those of the weights, and rows of others are left over. */
    STOP,
    /** The source leaves; the others go on in their proportions, until all are read once. */
    DROP,
    /** The source begins again; the mixture ends when every source has been read once. */
    REPEAT
  }

  /**
   * A source.
   *
   * @param open begins reading it
   * @param weight how often it is drawn, in proportion to the others; above 0
   * @param <T> a row
   */
  public record Source<T>(Supplier<? extends Iterator<T>> open, double weight) {

    /** Checks the weight. */
    public Source {
      if (!(weight > 0 && weight < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "a weight is " + weight + "; expected a finite number above 0");
      }
    }
  }

  /**
   * A row and where it came from.
   *
   * @param row the row
   * @param source the source's index
   * @param round how often the source had been read to its end before
   * @param <T> a row
   */
  public record Drawn<T>(T row, int source, int round) {}

  private final List<Source<T>> sources;
  private final Exhausted exhausted;
  private final long rows;
  private final SplittableRandom random;
  private final List<Iterator<T>> open = new ArrayList<>();
  private final int[] rounds;
  private final boolean[] left;
  private long drawn;
  private Drawn<T> next;

  /**
   * A mixture.
   *
   * @param rows how many rows at most; 0 for no limit. With it, REPEAT goes on until there are so
   *     many
   */
  public Mixture(List<Source<T>> sources, Exhausted exhausted, long rows, long seed) {
    this.sources = List.copyOf(sources);
    this.exhausted = exhausted;
    this.rows = rows;
    this.random = new SplittableRandom(seed);
    this.rounds = new int[sources.size()];
    this.left = new boolean[sources.size()];
    sources.forEach(source -> open.add(source.open().get()));
  }

  @Override
  public boolean hasNext() {
    while (next == null && !ended()) {
      int source = draw();
      if (open.get(source).hasNext()) {
        next = new Drawn<>(open.get(source).next(), source, rounds[source]);
        drawn++;
      } else if (!exhaust(source)) {
        return false;
      }
    }
    return next != null;
  }

  @Override
  public Drawn<T> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the mixture has no more rows");
    }
    Drawn<T> row = next;
    next = null;
    return row;
  }

  private boolean ended() {
    return rows > 0 && drawn == rows;
  }

  /** Whether the mixture goes on without this source's next row. */
  private boolean exhaust(int source) {
    rounds[source]++;
    switch (exhausted) {
      case STOP:
        return false;
      case DROP:
        left[source] = true;
        break;
      case REPEAT:
        open.set(source, sources.get(source).open().get());
        if (!open.get(source).hasNext()) {
          throw new IllegalArgumentException(
              "source %d has no rows; expected some to repeat".formatted(source + 1));
        }
        break;
    }
    boolean allRead = true;
    for (int round : rounds) {
      allRead &= round > 0;
    }
    return !allRead || (exhausted == Exhausted.REPEAT && rows > 0);
  }

  private int draw() {
    double total = 0;
    for (int i = 0; i < sources.size(); i++) {
      total += left[i] ? 0 : sources.get(i).weight();
    }
    double at = random.nextDouble() * total;
    int last = -1;
    for (int i = 0; i < sources.size(); i++) {
      if (left[i]) {
        continue;
      }
      last = i;
      at -= sources.get(i).weight();
      if (at < 0) {
        break;
      }
    }
    return last;
  }
}
