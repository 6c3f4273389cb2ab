package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.DictView;
import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.Namespace;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Range;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;

/** Values as text: Python's {@code str} and {@code repr}. */
final class PyText {
  /** Python refuses to print integers of more digits than this. */
  private static final int MAX_INTEGER_DIGITS = 4300;

  private final Budget budget;

  PyText(Budget budget) {
    this.budget = budget;
  }

  /** {@code str(value)}, which is also what <code>{{ value }}</code> prints. */
  String str(Object value) {
    String text = PyObjects.textOf(value);
    if (text != null) {
      return text;
    }
    return value instanceof Undefined ? "" : repr(value);
  }

  String repr(Object value) {
    StringBuilder out = new StringBuilder();
    repr(value, out);
    return out.toString();
  }

  private void repr(Object value, StringBuilder out) {
    budget.step();
    if (value instanceof PyList list) {
      sequence("[", list.items(), "]", out);
    } else if (value instanceof PyTuple tuple) {
      sequence("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")", out);
    } else if (value instanceof Dict dict) {
      dict(dict, out);
    } else if (value instanceof DictView view) {
      out.append("dict_").append(view.name()).append('(');
      sequence("[", view.elements(), "])", out);
    } else if (value instanceof Namespace namespace) {
      out.append("<Namespace ");
      dict(namespace.attributes(), out);
      out.append('>');
    } else {
      out.append(budget.made(scalar(value)));
    }
  }

  private void sequence(String open, List<Object> items, String close, StringBuilder out) {
    out.append(open);
    String separator = "";
    for (Object item : items) {
      out.append(separator);
      repr(item, out);
      separator = ", ";
    }
    out.append(close);
  }

  private void dict(Dict dict, StringBuilder out) {
    out.append('{');
    Iterator<Object> values = dict.values().iterator();
    String separator = "";
    for (Object key : dict.keys()) {
      out.append(separator);
      repr(key, out);
      out.append(": ");
      repr(values.next(), out);
      separator = ", ";
    }
    out.append('}');
  }

  private String scalar(Object value) {
    if (value instanceof String text) {
      return quoted(text);
    } else if (value instanceof Markup markup) {
      return "Markup(" + quoted(markup.text()) + ")";
    } else if (value instanceof BigInteger integer) {
      return integer(integer);
    } else if (value instanceof Double number) {
      return number(number);
    } else if (value instanceof Boolean bool) {
      return bool ? "True" : "False";
    } else if (value instanceof None) {
      return "None";
    } else if (value instanceof Undefined) {
      return "Undefined";
    } else if (value instanceof Range range) {
      String step = range.step().equals(BigInteger.ONE) ? "" : ", " + range.step();
      return "range(" + range.start() + ", " + range.stop() + step + ")";
    } else if (value instanceof Macro macro) {
      return "<Macro " + (macro.name() == null ? "anonymous" : quoted(macro.name())) + ">";
    } else if (value instanceof Loop loop) {
      return "<LoopContext " + loop.index() + "/" + loop.length() + ">";
    }
    throw PyError.unsupported(
        "a "
            + PyObjects.typeName(value)
            + " cannot be printed; for the result of a filter add |list");
  }

  static String integer(BigInteger value) {
    // Ten bits make more than three digits.
    String digits = value.bitLength() > MAX_INTEGER_DIGITS * 10 / 3 + 10 ? null : value.toString();
    if (digits == null || digits.length() - (value.signum() < 0 ? 1 : 0) > MAX_INTEGER_DIGITS) {
      throw PyError.value(
          "an integer of more than " + MAX_INTEGER_DIGITS + " digits cannot be text");
    }
    return digits;
  }

  /** The shortest text that reads back as the same double, in Python's layout. */
  static String number(double value) {
    if (Double.isNaN(value)) {
      return "nan";
    }
    String sign = value < 0 || 1 / value < 0 ? "-" : "";
    if (Double.isInfinite(value)) {
      return sign + "inf";
    }
    if (value == 0) {
      return sign + "0.0";
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale();
    if (point > 16 || point < -3) {
      String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
      return sign + digits.charAt(0) + fraction + exponent(point - 1);
    }
    if (point <= 0) {
      return sign + "0." + "0".repeat(-point) + digits;
    }
    if (point >= digits.length()) {
      return sign + digits + "0".repeat(point - digits.length()) + ".0";
    }
    return sign + digits.substring(0, point) + "." + digits.substring(point);
  }

  /** Java 17's own Double.toString does not always find the shortest digits (JDK-4511638). */
  private static BigDecimal shortest(double value) {
    BigDecimal exact = new BigDecimal(value);
    for (int precision = 1; precision < 17; precision++) {
      BigDecimal rounded = exact.round(new MathContext(precision, RoundingMode.HALF_EVEN));
      if (rounded.doubleValue() == value) {
        return rounded.stripTrailingZeros();
      }
    }
    return exact.round(new MathContext(17, RoundingMode.HALF_EVEN)).stripTrailingZeros();
  }

  /** {@code e+05}: a sign and at least two digits. */
  static String exponent(int exponent) {
    String digits = Integer.toString(Math.abs(exponent));
    return (exponent < 0 ? "e-" : "e+") + (digits.length() < 2 ? "0" : "") + digits;
  }

  /** {@code repr} of a string. */
  static String quoted(String text) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    StringBuilder out = new StringBuilder(text.length() + 2).append(quote);
    text.codePoints()
        .forEach(
            c -> {
              if (c == quote || c == '\\') {
                out.append('\\').append((char) c);
              } else if (c == '\n') {
                out.append("\\n");
              } else if (c == '\r') {
                out.append("\\r");
              } else if (c == '\t') {
                out.append("\\t");
              } else if (PyStrings.isPrintable(c)) {
                out.appendCodePoint(c);
              } else {
                String pattern = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
                out.append(String.format(Locale.ROOT, pattern, c));
              }
            });
    return out.append(quote).toString();
  }
}
