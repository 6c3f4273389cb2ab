package dev.parley.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** Rows of words in columns: the first column to the left, the others to the right. */
public final class Table {

  private final List<List<String>> rows = new ArrayList<>();

  /** Adds a row. */
  public Table row(String... cells) {
    rows.add(List.of(cells));
    return this;
  }

  /** The rows as lines; columns are two spaces apart. */
  public List<String> lines() {
    int columns = rows.stream().mapToInt(List::size).max().orElse(0);
    int[] widths = new int[columns];
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    List<String> lines = new ArrayList<>();
    for (List<String> row : rows) {
      StringBuilder line = new StringBuilder();
      for (int i = 0; i < row.size(); i++) {
        String cell = row.get(i);
        String space = " ".repeat(widths[i] - cell.length());
        line.append(i == 0 ? cell + space : "  " + space + cell);
      }
      lines.add(line.toString().stripTrailing());
    }
    return lines;
  }
}
