package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Sequence;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/**
 * The filter {@code tojson} as transformers defines it: Python's {@code json.dumps}, without
 * Jinja2's escapes for HTML.
 */
final class Json {
  private final Budget budget;
  private final PyObjects objects;
  private final boolean asciiOnly;
  private final String indent;
  private final String itemSeparator;
  private final String keySeparator;
  private final boolean sortKeys;
  private final StringBuilder out = new StringBuilder();

  private Json(
      Budget budget,
      PyObjects objects,
      boolean asciiOnly,
      String indent,
      String itemSeparator,
      String keySeparator,
      boolean sortKeys) {
    this.budget = budget;
    this.objects = objects;
    this.asciiOnly = asciiOnly;
    this.indent = indent;
    this.itemSeparator = itemSeparator;
    this.keySeparator = keySeparator;
    this.sortKeys = sortKeys;
  }

  /**
   * @param arguments {@code ensure_ascii}, {@code indent}, {@code separators}, {@code sort_keys}
   * @throws PyError for a value that JSON has no form for
   */
  static String dumps(Object value, Arguments arguments, Budget budget, PyObjects objects) {
    Object[] given =
        arguments.bind("tojson", 0, "ensure_ascii", "indent", "separators", "sort_keys");
    String indent = null;
    if (given[1] != null && !(given[1] instanceof None)) {
      String text = PyObjects.textOf(given[1]);
      int width = text != null ? 0 : Math.max(0, PyObjects.index(given[1]));
      budget.characters(width);
      indent = text != null ? text : " ".repeat(width);
    }
    String itemSeparator = indent == null ? ", " : ",";
    String keySeparator = ": ";
    if (given[2] != null && !(given[2] instanceof None)) {
      List<Object> separators = objects.list(given[2]);
      if (separators.size() != 2
          || PyObjects.textOf(separators.get(0)) == null
          || PyObjects.textOf(separators.get(1)) == null) {
        throw PyError.value("tojson's separators are two strings: between items and after a key");
      }
      itemSeparator = PyObjects.textOf(separators.get(0));
      keySeparator = PyObjects.textOf(separators.get(1));
    }
    boolean asciiOnly = given[0] != null && objects.truth(given[0]);
    boolean sortKeys = given[3] != null && objects.truth(given[3]);
    Json json = new Json(budget, objects, asciiOnly, indent, itemSeparator, keySeparator, sortKeys);
    json.write(value, "\n");
    return json.out.toString();
  }

  /**
   * @param newline a line feed and the indentation of the line that {@code value} stands on
   */
  private void write(Object value, String newline) {
    budget.step();
    if (PyObjects.textOf(value) != null) {
      string(PyObjects.textOf(value));
    } else if (value instanceof PyList || value instanceof PyTuple) {
      Iterator<Object> items = ((Sequence) value).items().iterator();
      nested('[', items, ']', newline, this::write);
    } else if (value instanceof Dict dict) {
      List<Object> keys = sortKeys ? sorted(dict.keys()) : dict.keys();
      nested(
          '{',
          keys.iterator(),
          '}',
          newline,
          (key, inner) -> {
            string(key(key));
            append(keySeparator);
            write(dict.get(key), inner);
          });
    } else {
      append(scalar(value));
    }
  }

  private List<Object> sorted(List<Object> keys) {
    return objects.sorted(keys, keys, false);
  }

  private interface Element {
    void write(Object element, String newline);
  }

  private void nested(
      char open, Iterator<Object> elements, char close, String newline, Element element) {
    out.append(open);
    if (elements.hasNext()) {
      String inner = indent == null ? "" : newline + indent;
      append(inner);
      element.write(elements.next(), inner);
      while (elements.hasNext()) {
        append(itemSeparator);
        append(inner);
        element.write(elements.next(), inner);
      }
      append(indent == null ? "" : newline);
    }
    out.append(close);
  }

  private static String key(Object key) {
    return PyObjects.textOf(key) != null ? PyObjects.textOf(key) : scalar(key);
  }

  private static String scalar(Object value) {
    if (value instanceof None) {
      return "null";
    } else if (value instanceof Boolean bool) {
      return bool ? "true" : "false";
    } else if (value instanceof BigInteger integer) {
      return PyText.integer(integer);
    } else if (value instanceof Double number) {
      if (number.isNaN()) {
        return "NaN";
      }
      return number.isInfinite() ? (number > 0 ? "Infinity" : "-Infinity") : PyText.number(number);
    }
    throw PyError.type("tojson: a " + PyObjects.typeName(value) + " has no JSON form");
  }

  private void string(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> quoted.append("\\\"");
        case '\\' -> quoted.append("\\\\");
        case '\n' -> quoted.append("\\n");
        case '\r' -> quoted.append("\\r");
        case '\t' -> quoted.append("\\t");
        case '\f' -> quoted.append("\\f");
        case '\b' -> quoted.append("\\b");
        default -> {
          if (c < ' ' || asciiOnly && c > '~') {
            quoted.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
          } else {
            quoted.append(c);
          }
        }
      }
    }
    append(quoted.append('"').toString());
  }

  private void append(String text) {
    out.append(budget.made(text));
  }
}
