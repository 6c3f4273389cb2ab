package dev.parley.data.file;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.Optional;

/** One JSON array of rows, UTF-8, read one row at a time. */
final class JsonArray implements RowSource {

  private final Path file;
  private final JsonParser parser;
  private boolean entered;

  /**
   * Rows of an array.
   *
   * @param file its name, for messages
   * @param in its content, buffered
   */
  JsonArray(Path file, InputStream in) throws IOException {
    this.file = file;
    this.parser = RowJson.MAPPER.getFactory().createParser(StrictText.reader(in));
  }

  @Override
  public Optional<Item> next() throws IOException {
    try {
      if (!entered) {
        parser.nextToken();
        entered = true;
      }
      if (parser.nextToken() == JsonToken.END_ARRAY) {
        if (parser.nextToken() != null) {
          throw broken("something stands behind the array's end", null);
        }
        return Optional.empty();
      }
      if (parser.currentToken() == null) {
        throw broken("the file ends inside the array", null);
      }
      long line = parser.currentTokenLocation().getLineNr();
      JsonNode row = RowJson.ELEMENTS.readTree(parser);
      return Optional.of(new Item(line, row, null));
    } catch (CharacterCodingException e) {
      throw broken("the bytes behind this line are not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw broken(RowJson.complaint(e), e);
    }
  }

  /**
   * Where an array stops being JSON, no later row can be found: this ends the reading even when bad
   * rows are skipped.
   */
  private DatasetException broken(String reason, Exception cause) {
    return DatasetException.ofFile(
        "%s:%d: %s; expected a JSON array of rows, or one JSON object per line"
            .formatted(file, parser.currentLocation().getLineNr(), reason),
        cause);
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
