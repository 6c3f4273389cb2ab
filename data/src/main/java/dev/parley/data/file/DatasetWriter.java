package dev.parley.data.file;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.Example;
import dev.parley.data.shape.WrittenShape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Set;
import java.util.zip.GZIPOutputStream;

/**
 * Writes examples to a file whose name says the format: {@code .parquet}, {@code .csv}, {@code
 * .tsv}, else JSON Lines; gzipped if it ends with {@code .gz}.
 *
 * <p>Rows go to a file beside the wanted one, which takes its place in {@link #finish}: whoever
 * finds the file finds all of it. Closing an unfinished writer leaves nothing behind. The same
 * examples give the same bytes.
 */
public final class DatasetWriter implements AutoCloseable {

  private final Path file;
  private final Path unfinished;
  private final WrittenShape shape;
  private final Set<String> leftOut;
  private final RowSink sink;
  private long rows;
  private boolean closed;

  private DatasetWriter(
      Path file, Path unfinished, WrittenShape shape, Set<String> leftOut, RowSink sink) {
    this.file = file;
    this.unfinished = unfinished;
    this.shape = shape;
    this.leftOut = leftOut;
    this.sink = sink;
  }

  /**
   * A writer of a new file in Parley's own shape; the directory is made if it is missing.
   *
   * @throws IOException if the file cannot be made
   */
  public static DatasetWriter create(Path file) throws IOException {
    return create(file, WrittenShape.PARLEY, Set.of());
  }

  /**
   * A writer of a new file; the directory is made if it is missing.
   *
   * @param shape of its rows
   * @param leftOut fields of {@link WrittenShape#FIELDS} that may be lost
   * @throws IOException if the file cannot be made
   */
  public static DatasetWriter create(Path file, WrittenShape shape, Set<String> leftOut)
      throws IOException {
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
    String name = target.getFileName().toString().toLowerCase(Locale.ROOT);
    return new DatasetWriter(
        target, unfinished, shape, Set.copyOf(leftOut), sink(name, unfinished, shape));
  }

  private static RowSink sink(String name, Path unfinished, WrittenShape shape) throws IOException {
    if (name.endsWith(".parquet")) {
      return new ParquetSink(unfinished, shape.columns());
    }
    OutputStream raw = new BufferedOutputStream(Files.newOutputStream(unfinished));
    OutputStream out = name.endsWith(".gz") ? new GZIPOutputStream(raw) : raw;
    if (name.matches(".*\\.[ct]sv(\\.gz)?")) {
      return new CsvSink(
          out, name.contains(".tsv") ? '\t' : ',', shape.columns(), shape == WrittenShape.TRL);
    }
    return new Lines(out);
  }

  /**
   * Writes one row.
   *
   * @throws IOException if the disk refuses it
   * @throws dev.parley.data.InvalidExampleException if the shape or the format cannot say all of it
   */
  public void write(Example example) throws IOException {
    sink.write(shape.write(example, leftOut));
    rows++;
  }

  /** The rows written so far. */
  public long rows() {
    return rows;
  }

  /**
   * Puts the file in its place. Nothing can be written afterwards.
   *
   * @throws IOException if the disk refuses it
   */
  public void finish() throws IOException {
    sink.close();
    closed = true;
    Files.move(
        unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      sink.close();
      Files.deleteIfExists(unfinished);
    }
  }

  /** JSON Lines. */
  private record Lines(OutputStream out) implements RowSink {

    @Override
    public void write(ObjectNode row) throws IOException {
      out.write(RowJson.MAPPER.writeValueAsString(row).getBytes(StandardCharsets.UTF_8));
      out.write('\n');
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }
}
