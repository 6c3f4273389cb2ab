package dev.parley.data.file;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.parley.data.Defect;
import dev.parley.data.InvalidExampleException;
import dev.parley.data.shape.Column;
import java.util.List;
import java.util.Map;

/** A row that goes into a table, whose columns were named before it came. */
final class TableRow {

  private TableRow() {}

  /**
   * Refuses a row with a field that no column holds.
   *
   * @param format its name, for the message
   */
  static void requireColumns(ObjectNode row, List<Column> columns, String format) {
    List<String> names = columns.stream().map(Column::name).toList();
    for (Map.Entry<String, ?> field : row.properties()) {
      if (!names.contains(field.getKey())) {
        throw new InvalidExampleException(
            Defect.UNSUPPORTED,
            "its field '%s' has no column in %s, which has %s; write JSON Lines or the shape parley, or leave metadata out"
                .formatted(field.getKey(), format, names));
      }
    }
  }
}
