package dev.parley.deploy.chart;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.Yaml;

/**
 * The values as a table, made from {@code values.yaml}: a comment stands above each key. A key
 * whose inner keys have comments is a group; any other is a row, with all that stands below it as
 * its default.
 */
final class ValuesTable {

  static final String BEGIN = "<!-- values: made from values.yaml -->";
  static final String END = "<!-- end of values -->";

  private static final Pattern KEY = Pattern.compile("( *)([A-Za-z0-9_-]+):(.*)");

  private ValuesTable() {}

  private record Level(int indent, String key) {}

  /**
   * Makes the table.
   *
   * @throws AssertionError if a key has no comment
   */
  static String of(String values) {
    StringBuilder table = new StringBuilder("\n| key | default | meaning |\n|---|---|---|\n");
    List<String> lines = values.lines().toList();
    Deque<Level> open = new ArrayDeque<>();
    String comment = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.strip().startsWith("#")) {
        comment = (comment + " " + line.strip().substring(1).strip()).strip();
        continue;
      }
      Matcher key = KEY.matcher(line);
      if (!key.matches()) {
        comment = "";
        continue;
      }
      int indent = key.group(1).length();
      while (!open.isEmpty() && open.peek().indent() >= indent) {
        open.pop();
      }
      open.push(new Level(indent, key.group(2)));
      List<String> below = below(lines, i, indent);
      String path = path(open);
      if (comment.isEmpty()) {
        throw new AssertionError("values.yaml: " + path + " has no comment above it");
      }
      boolean group = below.stream().anyMatch(inner -> inner.strip().startsWith("#"));
      table
          .append("| ")
          .append(group ? "**" + path + "**" : "`" + path + "`")
          .append(" | ")
          .append(group ? "" : "`" + compact(line, below) + "`")
          .append(" | ")
          .append(comment.replace("|", "\\|"))
          .append(" |\n");
      comment = "";
      if (!group) {
        i += below.size();
      }
    }
    return table.append('\n').toString();
  }

  private static String path(Deque<Level> open) {
    List<String> keys = new ArrayList<>();
    open.descendingIterator().forEachRemaining(level -> keys.add(level.key()));
    return String.join(".", keys);
  }

  /** The lines that belong to a key, which are indented further. */
  private static List<String> below(List<String> lines, int at, int indent) {
    List<String> below = new ArrayList<>();
    for (int i = at + 1; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.isBlank() || line.length() - line.stripLeading().length() <= indent) {
        break;
      }
      below.add(line);
    }
    return below;
  }

  /** A value on one line. */
  private static String compact(String line, List<String> below) {
    Object value =
        KubernetesObject.map(new Yaml().load(line.strip() + "\n" + String.join("\n", below)))
            .values()
            .iterator()
            .next();
    if (value instanceof String text) {
      return text.isEmpty() ? "\"\"" : text;
    }
    DumperOptions options = new DumperOptions();
    options.setDefaultFlowStyle(DumperOptions.FlowStyle.FLOW);
    options.setWidth(10_000);
    return new Yaml(options).dump(value).strip();
  }
}
