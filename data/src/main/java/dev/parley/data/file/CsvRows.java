package dev.parley.data.file;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.parley.data.Defect;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A table of text, RFC 4180: the first record names the columns, cells may be quoted and then hold
 * line feeds.
 *
 * <p>A cell is text, with these exceptions: one that is empty and not quoted is absent; {@code
 * margin} and the like are numbers; {@code tie} is true or false; and turns, which a cell cannot
 * hold otherwise, stand in it as JSON.
 */
final class CsvRows implements RowSource {

  private static final CsvMapper MAPPER =
      CsvMapper.builder()
          .enable(CsvParser.Feature.WRAP_AS_ARRAY)
          .enable(CsvParser.Feature.EMPTY_UNQUOTED_STRING_AS_NULL)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .build();

  /** Columns whose cells are numbers, or true and false, wherever they read so. */
  private static final Set<String> VALUES =
      Set.of(
          "margin",
          "confidence",
          "label",
          "kto_tag",
          "tie",
          "desirable",
          "score_chosen",
          "score_rejected",
          "chosen_score",
          "rejected_score",
          "chosen_rating",
          "rejected_rating");

  private final Path file;
  private final MappingIterator<String[]> records;
  private String[] header;

  /**
   * Records of a file.
   *
   * @param file its name, for messages
   * @param in its content, buffered
   * @param separator what stands between cells
   */
  CsvRows(Path file, InputStream in, char separator) throws IOException {
    this.file = file;
    this.records =
        MAPPER
            .readerFor(String[].class)
            .with(CsvSchema.emptySchema().withColumnSeparator(separator))
            .readValues(StrictText.reader(in));
  }

  @Override
  public Optional<Item> next() throws IOException {
    try {
      if (header == null) {
        if (!records.hasNextValue()) {
          return Optional.empty();
        }
        header = requireNames(records.nextValue());
      }
      if (!records.hasNextValue()) {
        return Optional.empty();
      }
      long line = records.getParser().currentLocation().getLineNr();
      String[] cells = records.nextValue();
      if (cells.length != header.length) {
        return Optional.of(
            new Item(
                line,
                null,
                new BadRow(
                    new RowPlace(file, line),
                    Defect.WRONG_CELLS,
                    "the record has %d cells, the header %d; expected as many, with quotes around text that holds the separator"
                        .formatted(cells.length, header.length))));
      }
      return Optional.of(new Item(line, row(cells), null));
    } catch (CharacterCodingException e) {
      throw broken("the bytes behind this line are not UTF-8", e);
    } catch (JsonProcessingException e) {
      throw broken(e.getOriginalMessage().lines().findFirst().orElse(""), e);
    }
  }

  private String[] requireNames(String[] names) {
    Set<String> seen = new HashSet<>();
    for (String name : names) {
      if (name == null || name.isBlank() || !seen.add(name)) {
        throw DatasetException.ofFile(
            "%s:1: the header names a column %s; expected names that differ, as in prompt,chosen,rejected"
                .formatted(
                    file,
                    name == null || name.isBlank() ? "with nothing" : "\"" + name + "\" twice"));
      }
    }
    return names;
  }

  private ObjectNode row(String[] cells) {
    ObjectNode row = RowJson.MAPPER.createObjectNode();
    for (int i = 0; i < cells.length; i++) {
      if (cells[i] != null) {
        row.set(header[i], value(header[i], cells[i]));
      }
    }
    return row;
  }

  private static JsonNode value(String column, String cell) {
    String text = cell.strip();
    boolean json =
        (text.startsWith("[") && text.endsWith("]"))
            || (text.startsWith("{") && text.endsWith("}"));
    if (!json && !VALUES.contains(column)) {
      return RowJson.MAPPER.getNodeFactory().textNode(cell);
    }
    try {
      // Python writes True and False.
      boolean python = text.equals("True") || text.equals("False");
      JsonNode value = RowJson.MAPPER.readTree(python ? text.toLowerCase(Locale.ROOT) : text);
      boolean wanted = json ? isStructure(column, value) : value.isNumber() || value.isBoolean();
      return wanted ? value : RowJson.MAPPER.getNodeFactory().textNode(cell);
    } catch (JsonProcessingException e) {
      // Text that only looks like JSON is text: a prompt may begin with a bracket.
      return RowJson.MAPPER.getNodeFactory().textNode(cell);
    }
  }

  /** Turns, Alpaca's history, or the metadata that Parley's own writer puts into one cell. */
  private static boolean isStructure(String column, JsonNode value) {
    if (column.equals("metadata")) {
      return value.isObject();
    }
    if (column.equals("history") || column.equals("turns")) {
      return value.isArray();
    }
    JsonNode first = value.isArray() && !value.isEmpty() ? value.get(0) : value;
    return (first.has("role") && first.has("content")) || (first.has("from") && first.has("value"));
  }

  private DatasetException broken(String reason, Exception cause) {
    return DatasetException.ofFile(
        "%s:%d: %s; expected records of quoted or unquoted cells (RFC 4180)"
            .formatted(file, records.getCurrentLocation().getLineNr(), reason),
        cause);
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
