package dev.parley.data.file;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.csv.CsvGenerator;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import dev.parley.data.ChatTurn;
import dev.parley.data.shape.Column;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A table of text. Turns and metadata stand in their cells as JSON; where plain text is allowed, a
 * single turn of the speaker who is expected is that turn's text.
 */
final class CsvSink implements RowSink {

  private static final CsvMapper MAPPER =
      CsvMapper.builder().enable(CsvGenerator.Feature.ALWAYS_QUOTE_EMPTY_STRINGS).build();

  private final SequenceWriter records;
  private final List<Column> columns;
  private final boolean plain;

  /**
   * A table with its header.
   *
   * @param plain whether single turns are written as text
   */
  CsvSink(OutputStream out, char separator, List<Column> columns, boolean plain)
      throws IOException {
    this.columns = columns;
    this.plain = plain;
    CsvSchema.Builder header = CsvSchema.builder();
    columns.forEach(column -> header.addColumn(column.name()));
    this.records =
        MAPPER
            .writer(header.setColumnSeparator(separator).setUseHeader(true).build())
            .writeValues(new OutputStreamWriter(out, StandardCharsets.UTF_8));
  }

  @Override
  public void write(ObjectNode row) throws IOException {
    TableRow.requireColumns(row, columns, "CSV");
    Map<String, String> cells = new LinkedHashMap<>();
    for (Column column : columns) {
      JsonNode value = row.get(column.name());
      if (value != null) {
        cells.put(column.name(), cell(column, value));
      }
    }
    records.write(cells);
  }

  private String cell(Column column, JsonNode value) {
    if (value.isTextual()) {
      return value.textValue();
    }
    if (plain && column.type() == Column.Type.TURNS && value.size() == 1) {
      JsonNode turn = value.get(0);
      String expected = column.name().equals("prompt") ? ChatTurn.USER : ChatTurn.ASSISTANT;
      String text = turn.get("content").textValue();
      // Text that would itself be read as turns, or as a dialogue, is not safe without its role.
      boolean safe = !text.strip().matches("(?s)[\\[{].*") && !text.startsWith("\n\nHuman:");
      if (!column.name().equals("messages") && turn.get("role").asText().equals(expected) && safe) {
        return text;
      }
    }
    return value.toString();
  }

  @Override
  public void close() throws IOException {
    records.close();
  }
}
