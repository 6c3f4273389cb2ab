package dev.parley.data.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.parley.data.Example;
import dev.parley.data.shape.ParleyShape;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPOutputStream;

/**
 * Writes examples as JSON Lines in Parley's own shape, gzipped if the file's name ends with {@code
 * .gz}.
 *
 * <p>Rows go to a file beside the wanted one, which takes its place in {@link #finish}: whoever
 * finds the file finds all of it. Closing an unfinished writer leaves nothing behind. The same
 * examples give the same bytes.
 */
public final class DatasetWriter implements AutoCloseable {

  private final Path file;
  private final Path unfinished;
  private final OutputStream out;
  private final ParleyShape shape = new ParleyShape();
  private long rows;
  private boolean closed;

  private DatasetWriter(Path file, Path unfinished, OutputStream out) {
    this.file = file;
    this.unfinished = unfinished;
    this.out = out;
  }

  /**
   * A writer of a new file; the directory is made if it is missing.
   *
   * @throws IOException if the file cannot be made
   */
  public static DatasetWriter create(Path file) throws IOException {
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
    OutputStream raw = new BufferedOutputStream(Files.newOutputStream(unfinished));
    boolean gzip = target.getFileName().toString().endsWith(".gz");
    return new DatasetWriter(target, unfinished, gzip ? new GZIPOutputStream(raw) : raw);
  }

  /**
   * Writes one row.
   *
   * @throws IOException if the disk refuses it
   */
  public void write(Example example) throws IOException {
    try {
      out.write(
          RowJson.MAPPER.writeValueAsString(shape.write(example)).getBytes(StandardCharsets.UTF_8));
    } catch (JsonProcessingException e) {
      throw new IOException("row %d of %s cannot be written as JSON".formatted(rows + 1, file), e);
    }
    out.write('\n');
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
    out.close();
    closed = true;
    Files.move(
        unfinished, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() throws IOException {
    if (!closed) {
      closed = true;
      out.close();
      Files.deleteIfExists(unfinished);
    }
  }
}
