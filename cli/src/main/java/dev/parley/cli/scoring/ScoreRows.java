package dev.parley.cli.scoring;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.NullNode;
import dev.parley.cli.Failure;
import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.GZIPInputStream;

/** The rows of a file of JSON lines, plain or gzipped, one after the other. */
final class ScoreRows implements AutoCloseable {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final int GZIP = 0x1f8b;

  private final Path file;
  private final BufferedReader lines;
  private long line;

  private ScoreRows(Path file, BufferedReader lines) {
    this.file = file;
    this.lines = lines;
  }

  /**
   * Opens a file.
   *
   * @throws Failure if there is none, or it cannot be read
   */
  static ScoreRows open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new Failure(
          "--input: there is no file " + file, "Expected JSON lines with id, prompt and response.");
    }
    try {
      InputStream bytes = new BufferedInputStream(Files.newInputStream(file));
      bytes.mark(2);
      int magic = bytes.read() << 8 | bytes.read();
      bytes.reset();
      InputStream plain = magic == GZIP ? new GZIPInputStream(bytes) : bytes;
      // A decoder that is given, not named, refuses bytes that are no UTF-8.
      return new ScoreRows(
          file,
          new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8.newDecoder())));
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  /** The next row; nothing at the end. Blank lines are passed over. */
  Optional<ScoreRow> next() {
    try {
      String text = lines.readLine();
      line++;
      while (text != null && text.isBlank()) {
        text = lines.readLine();
        line++;
      }
      return Optional.ofNullable(text).map(this::read);
    } catch (CharacterCodingException e) {
      throw new Failure("%s:%d: not UTF-8".formatted(file, line + 1), "Convert the file.", e);
    } catch (IOException e) {
      throw new Failure("%s cannot be read: %s".formatted(file, e.getMessage()), "", e);
    }
  }

  private ScoreRow read(String text) {
    try {
      return ScoreRow.of(JSON.readTree(line == 1 ? withoutMark(text) : text), line);
    } catch (JsonProcessingException e) {
      return ScoreRow.unusable(NullNode.getInstance(), "not JSON: " + e.getOriginalMessage());
    }
  }

  private static String withoutMark(String text) {
    return text.startsWith("\ufeff") ? text.substring(1) : text;
  }

  /** Where the row that was read last stands: {@code FILE:LINE}. */
  String place() {
    return file + ":" + line;
  }

  @Override
  public void close() throws IOException {
    lines.close();
  }
}
