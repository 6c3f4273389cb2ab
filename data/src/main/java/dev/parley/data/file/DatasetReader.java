package dev.parley.data.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.Defect;
import dev.parley.data.Example;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.shape.RowFields;
import dev.parley.data.shape.RowShape;
import dev.parley.data.shape.RowShapes;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Reads the rows of a dataset, one at a time and in order. Not safe for several threads; closing it
 * closes the file.
 *
 * @param <T> the kind of example wanted
 */
public final class DatasetReader<T extends Example> implements Iterator<Row<T>>, AutoCloseable {

  /** How many bad rows a {@link DatasetException} lists. */
  public static final int BAD_ROWS_LISTED = 20;

  /** How far behind a bad row more of them are looked for. */
  private static final long ROWS_LOOKED_AT = 10_000;

  private final Iterator<Path> files;
  private final boolean skipBad;
  private final Optional<RowShape> shape;
  private final Function<Example, T> kind;
  private final Map<Defect, Long> skipped = new EnumMap<>(Defect.class);
  private final List<BadRow> firstSkipped = new ArrayList<>();

  private Consumer<BadRow> listener = bad -> {};
  private Path file;
  private RowSource source;
  private Row<T> next;

  /**
   * A reader.
   *
   * @param kind turns an example into the kind that is wanted, or refuses it
   */
  DatasetReader(List<Path> files, ReadOptions options, Function<Example, T> kind) {
    this.files = files.iterator();
    this.skipBad = options.skipBad();
    this.shape = options.shape().map(RowShapes::named);
    this.kind = kind;
  }

  /**
   * Whether there is another good row.
   *
   * @throws DatasetException if the next row is bad and none may be skipped, or a file cannot be
   *     read
   */
  @Override
  public boolean hasNext() {
    while (next == null) {
      Optional<RowSource.Item> item = nextItem();
      if (item.isEmpty()) {
        return false;
      }
      next = take(item.get());
    }
    return true;
  }

  /**
   * The next good row.
   *
   * @throws DatasetException as {@link #hasNext} does
   */
  @Override
  public Row<T> next() {
    if (!hasNext()) {
      throw new NoSuchElementException("the dataset has no more rows");
    }
    Row<T> row = next;
    next = null;
    return row;
  }

  /**
   * Tells somebody of every bad row that is left out, as it is met.
   *
   * @return this reader
   */
  public DatasetReader<T> reporting(Consumer<BadRow> somebody) {
    this.listener = somebody;
    return this;
  }

  /** Reads the rest into a list and closes the reader. */
  public List<T> readAll() {
    try (this) {
      List<T> examples = new ArrayList<>();
      while (hasNext()) {
        examples.add(next().example());
      }
      return examples;
    }
  }

  /** The bad rows that were left out so far. */
  public SkippedRows skipped() {
    return new SkippedRows(skipped, firstSkipped);
  }

  @Override
  public void close() {
    if (source != null) {
      try {
        source.close();
      } catch (IOException e) {
        throw DatasetException.ofFile(file + " cannot be closed: " + e.getMessage(), e);
      }
      source = null;
    }
  }

  /** The row of an item, or null if it is bad and was skipped. */
  private Row<T> take(RowSource.Item item) {
    try {
      return read(item);
    } catch (BadRowException e) {
      if (!skipBad) {
        throw firstBad(e.bad);
      }
      listener.accept(e.bad);
      skipped.merge(e.bad.defect(), 1L, Long::sum);
      if (firstSkipped.size() < BAD_ROWS_LISTED) {
        firstSkipped.add(e.bad);
      }
      return null;
    }
  }

  private Row<T> read(RowSource.Item item) throws BadRowException {
    if (item.bad() != null) {
      throw new BadRowException(item.bad());
    }
    RowPlace place = new RowPlace(file, item.line());
    JsonNode value = item.value();
    if (!(value instanceof ObjectNode object)) {
      throw new BadRowException(
          new BadRow(
              place,
              Defect.NOT_AN_OBJECT,
              "the row is %s; expected a JSON object {…}"
                  .formatted(
                      value.isArray() ? "a list" : "the value " + shorten(value.toString()))));
    }
    try {
      RowFields fields = new RowFields(object, String.valueOf(file.getFileName()));
      RowShape rowShape = shape.orElseGet(() -> RowShapes.of(fields));
      return new Row<>(kind.apply(rowShape.read(fields)), place, rowShape.name(), fields.grades());
    } catch (InvalidExampleException e) {
      throw new BadRowException(new BadRow(place, e.defect(), e.getMessage()));
    }
  }

  /** The error for a bad row, with those that follow it as far as a short look shows. */
  private DatasetException firstBad(BadRow bad) {
    List<BadRow> found = new ArrayList<>(List.of(bad));
    long looked = 0;
    try (this) {
      Optional<RowSource.Item> item;
      while (looked < ROWS_LOOKED_AT
          && found.size() < BAD_ROWS_LISTED
          && (item = nextItem()).isPresent()) {
        looked++;
        try {
          read(item.get());
        } catch (BadRowException e) {
          found.add(e.bad);
        }
      }
    } catch (DatasetException broken) {
      // The look ahead met a file that cannot be read on; the row found first is the one to report.
      DatasetException first = DatasetException.ofRows(found, looked);
      first.addSuppressed(broken);
      return first;
    }
    return DatasetException.ofRows(found, looked);
  }

  private Optional<RowSource.Item> nextItem() {
    try {
      while (true) {
        if (source == null) {
          if (!files.hasNext()) {
            return Optional.empty();
          }
          file = files.next();
          source = RowFile.open(file);
        }
        Optional<RowSource.Item> item = source.next();
        if (item.isPresent()) {
          return item;
        }
        close();
      }
    } catch (IOException e) {
      close();
      throw DatasetException.ofFile(
          "%s cannot be read to its end: %s; if it was downloaded or copied, do that again"
              .formatted(
                  file, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage()),
          e);
    }
  }

  private static String shorten(String json) {
    return json.length() <= 40 ? json : json.substring(0, 40) + "…";
  }

  private static final class BadRowException extends Exception {
    private static final long serialVersionUID = 1L;
    private final transient BadRow bad;

    BadRowException(BadRow bad) {
      super(bad.toString(), null, false, false);
      this.bad = bad;
    }
  }
}
