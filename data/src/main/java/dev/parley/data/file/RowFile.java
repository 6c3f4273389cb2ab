package dev.parley.data.file;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/**
 * Opens one file of rows. What it is follows from its first bytes, not from its name; only a table
 * of text, which begins like any text, is known by its name: {@code .csv} or {@code .tsv}, also
 * with {@code .gz}.
 */
final class RowFile {

  /** A format that is not read, its first bytes, and what to do about it. */
  private record Foreign(byte[] magic, String name, String whatToDo) {}

  private static final List<Foreign> FOREIGN =
      List.of(
          new Foreign(new byte[] {'P', 'K', 3, 4}, "a ZIP archive", "unpack it first"),
          new Foreign(
              new byte[] {0x28, (byte) 0xB5, 0x2F, (byte) 0xFD},
              "Zstandard",
              "unpack it, or compress with gzip"),
          new Foreign(new byte[] {'B', 'Z', 'h'}, "bzip2", "unpack it, or compress with gzip"));

  private static final byte[] PARQUET = {'P', 'A', 'R', '1'};
  private static final byte[] GZIP = {0x1F, (byte) 0x8B};
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final int BUFFER = 1 << 16;

  private RowFile() {}

  static RowSource open(Path file) throws IOException {
    InputStream raw = new BufferedInputStream(Files.newInputStream(file), BUFFER);
    try {
      byte[] magic = peek(raw, 4);
      if (startsWith(magic, PARQUET)) {
        raw.close();
        return ParquetRows.open(file);
      }
      for (Foreign foreign : FOREIGN) {
        if (startsWith(magic, foreign.magic())) {
          throw DatasetException.ofFile(
              "%s is %s; expected JSON Lines, a JSON array or CSV, plain or gzipped, or Parquet: %s"
                  .formatted(file, foreign.name(), foreign.whatToDo()));
        }
      }
      InputStream text =
          startsWith(magic, GZIP)
              ? new BufferedInputStream(new GZIPInputStream(raw, BUFFER), BUFFER)
              : raw;
      if (startsWith(peek(text, BYTE_ORDER_MARK.length), BYTE_ORDER_MARK)) {
        text.skipNBytes(BYTE_ORDER_MARK.length);
      }
      String name = String.valueOf(file.getFileName()).toLowerCase(Locale.ROOT);
      if (name.matches(".*\\.[ct]sv(\\.gz)?")) {
        return new CsvRows(file, text, name.contains(".tsv") ? '\t' : ',');
      }
      return firstCharacter(text) == '[' ? new JsonArray(file, text) : new JsonLines(file, text);
    } catch (IOException | RuntimeException e) {
      raw.close();
      throw e;
    }
  }

  /**
   * The first character that is not white space, without taking it; white space before it is left
   * for the lines to count.
   */
  private static int firstCharacter(InputStream in) throws IOException {
    for (byte b : peek(in, BUFFER / 2)) {
      if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
        return b;
      }
    }
    return -1;
  }

  private static byte[] peek(InputStream in, int count) throws IOException {
    in.mark(count);
    byte[] bytes = in.readNBytes(count);
    in.reset();
    return bytes;
  }

  private static boolean startsWith(byte[] bytes, byte[] magic) {
    return bytes.length >= magic.length
        && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }
}
