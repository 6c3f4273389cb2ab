package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Sequence;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Python's two ways to fill a pattern: {@code '%s' % value} and {@code '{}'.format(value)}. */
final class PyFormat {
  /** How a value is looked up in a field such as {@code {message.role}}; the sandbox's rules. */
  interface Lookup {
    Object attribute(Object object, String name);

    Object element(Object object, Object key);
  }

  private static final Pattern PERCENT =
      Pattern.compile(
          "%(?:\\((?<key>[^()]*)\\))?(?<flags>[-+ #0]*)(?<width>\\*|\\d+)?"
              + "(?:\\.(?<precision>\\*|\\d*))?[hlL]?(?<type>.)",
          Pattern.DOTALL);

  private static final Pattern SPEC =
      Pattern.compile(
          "(?:(?<fill>.)?(?<align>[<>=^]))?(?<sign>[-+ ])?(?<alternate>#)?(?<zero>0)?"
              + "(?<width>\\d+)?(?<grouping>[,_])?(?:\\.(?<precision>\\d+))?(?<type>[a-zA-Z%])?",
          Pattern.DOTALL);

  private final Budget budget;
  private final PyText text;

  PyFormat(Budget budget, PyText text) {
    this.budget = budget;
    this.text = text;
  }

  // ---- '%s' % value --------------------------------------------------------------------------

  /**
   * @throws PyError if the values do not fit the pattern
   */
  Object percent(Object pattern, Object values) {
    boolean marked = pattern instanceof Markup;
    String result = new Percent(PyObjects.textOf(pattern), values, marked).fill();
    return marked ? new Markup(result) : result;
  }

  /** One use of the operator: where it stands in its pattern and in its values. */
  private final class Percent {
    private final String pattern;
    private final Object values;
    private final boolean escape;
    private final StringBuilder out = new StringBuilder();
    private int used;

    Percent(String pattern, Object values, boolean escape) {
      this.pattern = pattern;
      this.values = values;
      this.escape = escape;
    }

    String fill() {
      Matcher matcher = PERCENT.matcher(pattern);
      int end = 0;
      for (int start = pattern.indexOf('%'); start >= 0; start = pattern.indexOf('%', end)) {
        append(pattern.substring(end, start));
        if (!matcher.region(start, pattern.length()).lookingAt()) {
          throw PyError.value("incomplete format after '%'");
        }
        field(matcher);
        end = matcher.end();
      }
      append(pattern.substring(end));
      boolean subscriptable =
          values instanceof Dict
              || values instanceof Undefined
              || values instanceof Sequence && !isTuple();
      if (!subscriptable && used < count()) {
        throw PyError.type("not all arguments converted during string formatting");
      }
      return out.toString();
    }

    private void field(Matcher matcher) {
      char type = matcher.group("type").charAt(0);
      Object keyed = null;
      if (matcher.group("key") != null) {
        keyed = keyed(matcher.group("key"));
      }
      String flags = matcher.group("flags");
      int width = 0;
      if (matcher.group("width") != null) {
        width = size(matcher.group("width"));
        if (width < 0) {
          flags += "-";
          width = -width;
        }
      }
      int precision = -1;
      if (matcher.group("precision") != null) {
        precision = Math.max(0, size("0" + matcher.group("precision")));
      }
      if (type == '%') {
        append("%");
        return;
      }
      Object value = keyed == null ? nextValue() : keyed;
      append(convert(type, value, flags, width, precision));
    }

    private int size(String written) {
      if (written.endsWith("*")) {
        Object value = nextValue();
        if (PyObjects.integerOf(value) == null) {
          throw PyError.type("* wants int");
        }
        return PyObjects.index(value);
      }
      return written.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(written);
    }

    private String convert(char type, Object value, String flags, int width, int precision) {
      switch (type) {
        case 's':
          return padded(truncated(shown(value, false), precision), flags, width);
        case 'r':
          return padded(truncated(shown(value, true), precision), flags, width);
        case 'c':
          return padded(character(value), flags, width);
        case 'd', 'i', 'u':
          return integer(decimal(value), 'd', flags, width, precision);
        case 'x', 'X', 'o':
          return integer(requireInteger(value, type), type, flags, width, precision);
        case 'e', 'E', 'f', 'F', 'g', 'G':
          String digits = floating(requireReal(value), type, precision, flags.contains("#"));
          return number(digits, "", flags, width);
        default:
          throw PyError.value("unsupported format character '" + type + "'");
      }
    }

    private String shown(Object value, boolean repr) {
      if (!escape) {
        return repr ? text.repr(value) : text.str(value);
      }
      return !repr && value instanceof Markup markup
          ? markup.text()
          : PyStrings.escapeHtml(repr ? text.repr(value) : text.str(value));
    }

    private String character(Object value) {
      String string = PyObjects.textOf(value);
      if (string != null && PyStrings.length(string) == 1) {
        return string;
      }
      BigInteger code = PyObjects.integerOf(value);
      if (code == null || !Character.isValidCodePoint(PyObjects.index(code))) {
        throw PyError.type("%c requires int or char");
      }
      return Character.toString(code.intValue());
    }

    /** The digits of an integer with C's rules for precision and prefix. */
    private String integer(BigInteger value, char type, String flags, int width, int precision) {
      String digits =
          switch (type) {
            case 'd' -> PyText.integer(value.abs());
            case 'o' -> value.abs().toString(8);
            default -> value.abs().toString(16);
          };
      if (digits.length() < precision) {
        budget.characters(precision);
        digits = "0".repeat(precision - digits.length()) + digits;
      }
      String prefix = "";
      if (flags.contains("#") && type != 'd') {
        prefix = type == 'o' ? "0o" : "0x";
      }
      String sign = value.signum() < 0 ? "-" : "";
      String written = sign + digits;
      if (type == 'X') {
        written = PyStrings.upper(written);
        prefix = PyStrings.upper(prefix);
      }
      return number(written, prefix, flags, width);
    }

    /** A signed number, padded; zeros go between sign and digits. */
    private String number(String written, String prefix, String flags, int width) {
      boolean negative = written.startsWith("-");
      String digits = negative ? written.substring(1) : written;
      String sign = negative ? "-" : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
      if (flags.contains("0") && !flags.contains("-")) {
        int zeros = width - sign.length() - prefix.length() - digits.length();
        if (zeros > 0) {
          budget.characters(width);
          digits = "0".repeat(zeros) + digits;
        }
      }
      return padded(sign + prefix + digits, flags, width);
    }

    private String padded(String content, String flags, int width) {
      int blanks = width - PyStrings.length(content);
      if (blanks <= 0) {
        return content;
      }
      budget.characters(width);
      return flags.contains("-") ? content + " ".repeat(blanks) : " ".repeat(blanks) + content;
    }

    private Object keyed(String key) {
      if (!(values instanceof Dict dict)) {
        throw PyError.type("format requires a mapping");
      }
      Object value = dict.get(key);
      if (value == null) {
        throw PyError.lookup("the format names the key '" + key + "', which does not exist");
      }
      used = 1;
      return value;
    }

    private Object nextValue() {
      if (used >= count()) {
        throw PyError.type("not enough arguments for format string");
      }
      used++;
      return isTuple() ? ((PyTuple) values).items().get(used - 1) : values;
    }

    private boolean isTuple() {
      return values instanceof PyTuple;
    }

    private int count() {
      return isTuple() ? ((PyTuple) values).items().size() : 1;
    }

    private void append(String part) {
      out.append(budget.made(part));
    }
  }

  private static String truncated(String content, int precision) {
    return precision >= 0 && precision < PyStrings.length(content)
        ? PyStrings.substring(content, 0, precision)
        : content;
  }

  private static BigInteger decimal(Object value) {
    if (value instanceof Double number) {
      if (number.isNaN() || number.isInfinite()) {
        throw PyError.value("cannot convert float " + PyText.number(number) + " to integer");
      }
      return new BigDecimal(number).toBigInteger();
    }
    return requireInteger(value, 'd');
  }

  private static BigInteger requireInteger(Object value, char type) {
    BigInteger integer = PyObjects.integerOf(value);
    if (integer == null) {
      throw PyError.type(
          "%" + type + " format: a number is required, not " + PyObjects.typeName(value));
    }
    return integer;
  }

  private static double requireReal(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!PyObjects.isNumber(value)) {
      throw PyError.type("must be real number, not " + PyObjects.typeName(value));
    }
    return PyOperators.toDouble(value);
  }

  /** A double as C's printf shows it, with a minus sign if it is negative. */
  private String floating(double value, char type, int precision, boolean alternate) {
    boolean upper = Character.isUpperCase(type);
    String digits;
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      digits = Double.isNaN(value) ? "nan" : "inf";
    } else {
      int places = precision < 0 ? 6 : precision;
      budget.characters(places);
      BigDecimal exact = new BigDecimal(Math.abs(value));
      digits =
          switch (Character.toLowerCase(type)) {
            case 'f' -> fixed(exact, places, alternate);
            case 'e' -> scientific(exact, places, alternate);
            default -> general(exact, Math.max(1, places), alternate);
          };
    }
    boolean negative = value < 0 || value == 0 && 1 / value < 0;
    return (negative ? "-" : "") + (upper ? PyStrings.upper(digits) : digits);
  }

  private static String fixed(BigDecimal value, int places, boolean point) {
    String digits = value.setScale(places, RoundingMode.HALF_EVEN).toPlainString();
    return places == 0 && point ? digits + "." : digits;
  }

  private static String scientific(BigDecimal value, int places, boolean point) {
    BigDecimal rounded = value.round(new MathContext(places + 1, RoundingMode.HALF_EVEN));
    StringBuilder digits = new StringBuilder(rounded.unscaledValue().toString());
    int exponent = value.signum() == 0 ? 0 : digits.length() - 1 - rounded.scale();
    while (digits.length() < places + 1) {
      digits.append('0');
    }
    digits.setLength(places + 1);
    if (places > 0 || point) {
      digits.insert(1, '.');
    }
    return digits + PyText.exponent(exponent);
  }

  private static String general(BigDecimal value, int significant, boolean alternate) {
    BigDecimal rounded = value.round(new MathContext(significant, RoundingMode.HALF_EVEN));
    int exponent = value.signum() == 0 ? 0 : rounded.precision() - 1 - rounded.scale();
    String digits;
    String tail = "";
    if (exponent < -4 || exponent >= significant) {
      String written = scientific(value, significant - 1, alternate);
      int e = written.indexOf('e');
      digits = written.substring(0, e);
      tail = written.substring(e);
    } else {
      digits = fixed(value, significant - 1 - exponent, alternate);
    }
    if (!alternate && digits.indexOf('.') >= 0) {
      digits = digits.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
    return digits + tail;
  }

  // ---- '{}'.format(value) --------------------------------------------------------------------

  /**
   * @throws PyError if the arguments do not fit the pattern
   */
  String braces(String pattern, Arguments arguments, Lookup lookup, boolean escape) {
    return new Braces(arguments, lookup, escape).fill(pattern, 2);
  }

  /** One call of {@code format}: how far its automatic numbering has come. */
  private final class Braces {
    private final Arguments arguments;
    private final Lookup lookup;
    private final boolean escape;
    private int automatic;
    private boolean manual;

    Braces(Arguments arguments, Lookup lookup, boolean escape) {
      this.arguments = arguments;
      this.lookup = lookup;
      this.escape = escape;
    }

    String fill(String pattern, int depth) {
      if (depth < 0) {
        throw PyError.value("Max string recursion exceeded");
      }
      StringBuilder out = new StringBuilder();
      for (int i = 0; i < pattern.length(); i++) {
        char c = pattern.charAt(i);
        boolean doubled = i + 1 < pattern.length() && pattern.charAt(i + 1) == c;
        if (c != '{' && c != '}') {
          out.append(c);
        } else if (doubled) {
          out.append(c);
          i++;
        } else if (c == '}') {
          throw PyError.value("Single '}' encountered in format string");
        } else {
          int end = fieldEnd(pattern, i + 1);
          out.append(budget.made(field(pattern.substring(i + 1, end), depth)));
          i = end;
        }
      }
      return budget.made(out.toString());
    }

    private int fieldEnd(String pattern, int from) {
      int open = 1;
      for (int i = from; i < pattern.length(); i++) {
        char c = pattern.charAt(i);
        if (c == '[') {
          int close = pattern.indexOf(']', i);
          i = close < 0 ? pattern.length() : close;
        } else if (c == '{') {
          open++;
        } else if (c == '}' && --open == 0) {
          return i;
        }
      }
      throw PyError.value("expected '}' before end of string");
    }

    private String field(String field, int depth) {
      int nameEnd = 0;
      while (nameEnd < field.length() && ":!".indexOf(field.charAt(nameEnd)) < 0) {
        if (field.charAt(nameEnd) == '[') {
          nameEnd = Math.max(nameEnd, field.indexOf(']', nameEnd));
        }
        nameEnd++;
      }
      Object value = value(numbered(field.substring(0, nameEnd)));
      int specStart = nameEnd;
      if (nameEnd < field.length() && field.charAt(nameEnd) == '!') {
        if (nameEnd + 1 >= field.length()) {
          throw PyError.value("unmatched '{' in format spec");
        }
        value = converted(value, field.charAt(nameEnd + 1));
        specStart = nameEnd + 2;
        if (specStart < field.length() && field.charAt(specStart) != ':') {
          throw PyError.value("expected ':' after conversion specifier");
        }
      }
      String spec = specStart < field.length() ? field.substring(specStart + 1) : "";
      return formatted(value, fill(spec, depth - 1));
    }

    private Object value(String name) {
      int rest = 0;
      while (rest < name.length() && ".[".indexOf(name.charAt(rest)) < 0) {
        rest++;
      }
      Object value = argument(name.substring(0, rest));
      while (rest < name.length()) {
        boolean attribute = name.charAt(rest) == '.';
        int end = rest + 1;
        while (end < name.length()
            && (attribute ? ".[".indexOf(name.charAt(end)) < 0 : name.charAt(end) != ']')) {
          end++;
        }
        String part = name.substring(rest + 1, end);
        if (part.isEmpty()) {
          throw PyError.value("Empty attribute in format string");
        }
        if (attribute) {
          value = lookup.attribute(value, part);
          rest = end;
        } else {
          if (end == name.length()) {
            throw PyError.value("Missing ']' in format string");
          }
          value = lookup.element(value, isNumber(part) ? new BigInteger(part) : part);
          rest = end + 1;
          if (rest < name.length() && ".[".indexOf(name.charAt(rest)) < 0) {
            throw PyError.value("Only '.' or '[' may follow ']' in format field specifier");
          }
        }
      }
      return value;
    }

    /** The name as it is looked up: an empty one is numbered. */
    private String numbered(String name) {
      if (!name.isEmpty() && !isNumber(name)) {
        return name;
      }
      if (name.isEmpty() ? manual : automatic > 0) {
        throw PyError.value("cannot switch between manual and automatic field numbering");
      }
      manual |= !name.isEmpty();
      return name.isEmpty() ? Integer.toString(automatic++) : name;
    }

    private Object argument(String name) {
      List<Object> positional = arguments.positional();
      if (isNumber(name)) {
        BigInteger index = new BigInteger(name);
        if (index.compareTo(BigInteger.valueOf(positional.size())) >= 0) {
          throw PyError.lookup("Replacement index " + index + " out of range for positional args");
        }
        return positional.get(index.intValue());
      }
      Object value = arguments.keywords().get(name);
      if (value == null) {
        throw PyError.lookup("the format names '" + name + "', which is no argument");
      }
      return value;
    }

    private boolean isNumber(String name) {
      return !name.isEmpty() && name.chars().allMatch(c -> c >= '0' && c <= '9');
    }

    private Object converted(Object value, char conversion) {
      return switch (conversion) {
        case 's' -> text.str(value);
        case 'r' -> text.repr(value);
        default -> throw PyError.unsupported("the conversion !" + conversion + " is not supported");
      };
    }

    private String formatted(Object value, String spec) {
      if (!escape) {
        return format(value, spec);
      }
      if (value instanceof Markup markup) {
        if (!spec.isEmpty()) {
          throw PyError.value("Unsupported format specification for Markup.");
        }
        return markup.text();
      }
      return PyStrings.escapeHtml(format(value, spec));
    }
  }

  /** {@code format(value, spec)}. */
  private String format(Object value, String spec) {
    if (spec.isEmpty()) {
      return text.str(value);
    }
    String string = PyObjects.textOf(value);
    if (string == null && !PyObjects.isNumber(value)) {
      throw PyError.type(
          "unsupported format string passed to " + PyObjects.typeName(value) + ".__format__");
    }
    Matcher matcher = SPEC.matcher(spec);
    if (!matcher.matches()) {
      throw PyError.value("Invalid format specifier '" + spec + "'");
    }
    if (matcher.group("grouping") != null && string != null) {
      throw PyError.value("Cannot specify '" + matcher.group("grouping") + "' with 's'.");
    }
    return string != null ? formatText(string, matcher) : formatNumber(value, matcher);
  }

  private String formatText(String string, Matcher spec) {
    String type = spec.group("type");
    if (type != null && !type.equals("s")) {
      throw PyError.value("Unknown format code '" + type + "' for object of type 'str'");
    }
    if (spec.group("sign") != null
        || spec.group("alternate") != null
        || "=".equals(spec.group("align"))) {
      throw PyError.value("Sign, '#' and '=' are not allowed in a string's format specifier");
    }
    String content = truncated(string, number(spec.group("precision"), -1));
    return aligned("", content, spec, "<");
  }

  private String formatNumber(Object value, Matcher spec) {
    boolean real = value instanceof Double;
    int precision = number(spec.group("precision"), -1);
    String type = spec.group("type") != null ? spec.group("type") : real ? "" : "d";
    boolean alternate = spec.group("alternate") != null;
    String digits;
    String prefix = "";
    switch (type) {
      case "d", "x", "X", "o", "b", "n", "c" -> {
        if (real || precision >= 0 || type.equals("n") || type.equals("c")) {
          throw PyError.value(
              "Unsupported format code '"
                  + type
                  + "' or precision for object of type '"
                  + PyObjects.typeName(value)
                  + "'");
        }
        BigInteger integer = PyObjects.integerOf(value);
        int radix = type.equals("d") ? 10 : type.equals("o") ? 8 : type.equals("b") ? 2 : 16;
        digits = radix == 10 ? PyText.integer(integer) : integer.toString(radix);
        prefix = alternate && radix != 10 ? "0" + type : "";
        digits = type.equals("X") ? PyStrings.upper(digits) : digits;
      }
      case "e", "E", "f", "F", "g", "G" ->
          digits = floating(PyOperators.toDouble(value), type.charAt(0), precision, alternate);
      case "%" ->
          digits = floating(PyOperators.toDouble(value) * 100, 'f', precision, alternate) + "%";
      case "" -> digits = plainFloat(PyOperators.toDouble(value), precision);
      default ->
          throw PyError.value(
              "Unknown format code '"
                  + type
                  + "' for object of type '"
                  + PyObjects.typeName(value)
                  + "'");
    }
    boolean negative = digits.startsWith("-");
    String unsigned = negative ? digits.substring(1) : digits;
    String sign =
        spec.group("sign") == null || spec.group("sign").equals("-") ? "" : spec.group("sign");
    if (spec.group("grouping") != null) {
      unsigned = grouped(unsigned, spec.group("grouping"), type);
    }
    return aligned((negative ? "-" : sign) + prefix, unsigned, spec, ">");
  }

  /** Without a type a float shows like {@code repr}, or like g but with a digit after the point. */
  private String plainFloat(double value, int precision) {
    if (precision < 0) {
      return PyText.number(value);
    }
    String digits = floating(value, 'g', precision, false);
    int exponent = digits.indexOf('e');
    boolean whole = digits.indexOf('.') < 0 && exponent < 0 && Double.isFinite(value);
    if (whole && digits.replace("-", "").length() >= Math.max(1, precision)) {
      return floating(value, 'e', Math.max(0, precision - 1), false).replaceAll("\\.?0+(e)", "$1");
    }
    return whole ? digits + ".0" : digits;
  }

  private static String grouped(String digits, String separator, String type) {
    int size = List.of("x", "X", "o", "b").contains(type) ? 4 : 3;
    if (size == 4 && separator.equals(",")) {
      throw PyError.value("Cannot specify ',' with '" + type + "'.");
    }
    int end = 0;
    while (end < digits.length()
        && Character.digit(digits.charAt(end), 16) >= 0
        && (size == 4 || Character.isDigit(digits.charAt(end)))) {
      end++;
    }
    StringBuilder grouped = new StringBuilder(digits);
    for (int i = end - size; i > 0; i -= size) {
      grouped.insert(i, separator);
    }
    return grouped.toString();
  }

  private String aligned(String sign, String content, Matcher spec, String defaultAlign) {
    int width = number(spec.group("width"), 0);
    int blanks = width - PyStrings.length(content) - sign.length();
    if (blanks <= 0) {
      return sign + content;
    }
    boolean zero = spec.group("zero") != null;
    if (zero && spec.group("grouping") != null) {
      throw PyError.unsupported("padding a grouped number with zeros is not supported");
    }
    String align = spec.group("align");
    if (align == null) {
      align = zero && defaultAlign.equals(">") ? "=" : defaultAlign;
    }
    String fill = spec.group("fill") != null ? spec.group("fill") : zero ? "0" : " ";
    budget.characters(width);
    int left =
        switch (align) {
          case "<" -> 0;
          case "^" -> blanks / 2;
          default -> blanks;
        };
    if (align.equals("=")) {
      return sign + fill.repeat(blanks) + content;
    }
    return fill.repeat(left) + sign + content + fill.repeat(blanks - left);
  }

  private static int number(String digits, int absent) {
    if (digits == null) {
      return absent;
    }
    if (digits.length() > 9) {
      throw PyError.value("Too many decimal digits in format string");
    }
    return Integer.parseInt(digits);
  }
}
