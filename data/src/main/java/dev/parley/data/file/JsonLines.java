package dev.parley.data.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.parley.data.Defect;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.file.Path;
import java.util.Optional;

/**
 * JSON Lines: one value per line, UTF-8. Blank lines are passed over, a bad line does not spoil the
 * next.
 */
final class JsonLines implements RowSource {

  /** A row of 64 MiB is no row: most likely the file is another format, or lost its line ends. */
  private static final int LONGEST_LINE = 64 << 20;

  private final Path file;
  private final InputStream in;
  private final CharsetDecoder decoder = StrictText.decoder();
  private final Line line = new Line();
  private long number;

  /**
   * Lines of a file.
   *
   * @param file its name, for messages
   * @param in its content, buffered
   */
  JsonLines(Path file, InputStream in) {
    this.file = file;
    this.in = in;
  }

  @Override
  public Optional<Item> next() throws IOException {
    while (line.read(in)) {
      number++;
      if (line.tooLong) {
        return bad(
            Defect.TOO_LONG,
            "the line is longer than %d MiB; expected one JSON object per line"
                .formatted(LONGEST_LINE >> 20));
      }
      if (!line.isBlank()) {
        return Optional.of(parse());
      }
    }
    return Optional.empty();
  }

  private Item parse() {
    String text;
    try {
      text = decoder.decode(ByteBuffer.wrap(line.bytes)).toString();
    } catch (CharacterCodingException e) {
      return bad(
              Defect.NOT_UTF8,
              "byte %d of the line is not UTF-8; expected text in UTF-8"
                  .formatted(validPrefix(line.bytes) + 1))
          .orElseThrow();
    }
    try {
      return new Item(number, RowJson.MAPPER.readTree(text), null);
    } catch (JsonProcessingException e) {
      String cutShort =
          line.ended ? "" : " (the last line, without a line end: the file may be cut short)";
      return bad(
              Defect.NOT_JSON,
              "not JSON, %s%s; expected one whole JSON object on the line"
                  .formatted(RowJson.complaint(e), cutShort))
          .orElseThrow();
    }
  }

  private Optional<Item> bad(Defect defect, String detail) {
    return Optional.of(
        new Item(number, null, new BadRow(new RowPlace(file, number), defect, detail)));
  }

  private int validPrefix(byte[] bytes) {
    ByteBuffer input = ByteBuffer.wrap(bytes);
    decoder.reset();
    decoder.decode(input, CharBuffer.allocate(bytes.length), true);
    return input.position();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** One line's bytes without its end. */
  private static final class Line {
    private final byte[] chunk = new byte[1 << 16];
    private int from;
    private int filled;
    private byte[] bytes;
    private boolean ended;
    private boolean tooLong;

    /** Reads up to the next line feed. False if nothing is left. */
    boolean read(InputStream in) throws IOException {
      ByteArrayOutputStream whole = new ByteArrayOutputStream();
      ended = false;
      tooLong = false;
      boolean any = false;
      while (!ended && fill(in)) {
        any = true;
        int end = from;
        while (end < filled && chunk[end] != '\n') {
          end++;
        }
        ended = end < filled;
        if (tooLong || whole.size() + end - from > LONGEST_LINE) {
          tooLong = true;
        } else {
          whole.write(chunk, from, end - from);
        }
        from = ended ? end + 1 : end;
      }
      bytes = whole.toByteArray();
      return any;
    }

    private boolean fill(InputStream in) throws IOException {
      if (from == filled) {
        from = 0;
        filled = Math.max(0, in.read(chunk));
      }
      return from < filled;
    }

    boolean isBlank() {
      for (byte b : bytes) {
        if (b != ' ' && b != '\t' && b != '\r') {
          return false;
        }
      }
      return true;
    }
  }
}
