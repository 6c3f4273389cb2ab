package dev.parley.model.text.template;

import static java.util.Map.entry;

import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.OneShot;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Sequence;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Jinja2's filters, and transformers' own {@code tojson}. */
final class Filters {
  private interface Filter {
    Object apply(Filters filters, Object value, Arguments arguments);
  }

  private static final Map<String, Filter> FILTERS =
      Map.ofEntries(
          entry("abs", Filters::abs),
          entry("attr", Filters::attr),
          entry("batch", Filters::batch),
          entry("capitalize", Filters::capitalize),
          entry("center", Filters::center),
          entry("count", Filters::length),
          entry("d", Filters::defaultTo),
          entry("default", Filters::defaultTo),
          entry("dictsort", Filters::dictsort),
          entry("e", Filters::escape),
          entry("escape", Filters::escape),
          entry("first", Filters::first),
          entry("float", Filters::toFloat),
          entry("forceescape", Filters::forceEscape),
          entry("format", Filters::format),
          entry("indent", Filters::indent),
          entry("int", Filters::toInt),
          entry("items", Filters::items),
          entry("join", Filters::join),
          entry("last", Filters::last),
          entry("length", Filters::length),
          entry("list", Filters::list),
          entry("lower", Filters::lower),
          entry("map", Filters::map),
          entry("max", Filters::max),
          entry("min", Filters::min),
          entry("reject", Filters::reject),
          entry("rejectattr", Filters::rejectattr),
          entry("replace", Filters::replace),
          entry("reverse", Filters::reverse),
          entry("round", Filters::round),
          entry("safe", Filters::safe),
          entry("select", Filters::select),
          entry("selectattr", Filters::selectattr),
          entry("sort", Filters::sort),
          entry("string", Filters::string),
          entry("sum", Filters::sum),
          entry("title", Filters::title),
          entry("tojson", Filters::tojson),
          entry("trim", Filters::trim),
          entry("truncate", Filters::truncate),
          entry("unique", Filters::unique),
          entry("upper", Filters::upper),
          entry("wordcount", Filters::wordcount));

  private static final Pattern WORD =
      Pattern.compile("[\\p{L}\\p{N}_]+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern WORD_BREAK =
      Pattern.compile("[-\\s({\\[<]+", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern FLOAT =
      Pattern.compile("[+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eE][+-]?\\d+)?");

  private final Budget budget;
  private final PyObjects objects;
  private final PyText text;
  private final PyOperators operators;
  private final PyFormat format;
  private final Attributes attributes;
  private final Tests tests;

  Filters(
      Budget budget,
      PyObjects objects,
      PyText text,
      PyOperators operators,
      PyFormat format,
      Attributes attributes,
      Tests tests) {
    this.budget = budget;
    this.objects = objects;
    this.text = text;
    this.operators = operators;
    this.format = format;
    this.attributes = attributes;
    this.tests = tests;
  }

  static boolean has(String name) {
    return FILTERS.containsKey(name);
  }

  static Set<String> names() {
    return new TreeSet<>(FILTERS.keySet());
  }

  /** {@code value | name(arguments)}. */
  Object apply(String name, Object value, Arguments arguments) {
    Filter filter = FILTERS.get(name);
    if (filter == null) {
      throw new PyError(PyError.Kind.RUNTIME, "no filter is named '" + name + "'");
    }
    return filter.apply(this, value, arguments);
  }

  // ---- text ----------------------------------------------------------------------------------

  /** {@code soft_str}: marked text stays marked. */
  private Object softString(Object value) {
    return value instanceof Markup ? value : text.str(value);
  }

  /** Calls the method of a string on any value's text. */
  private Object onText(Object value, String method, Arguments arguments) {
    Object function = attributes.attribute(softString(value), method);
    return ((PyValues.Function) function).call(arguments);
  }

  private Object string(Object value, Arguments arguments) {
    arguments.bind("string", 0);
    return softString(value);
  }

  private Object upper(Object value, Arguments arguments) {
    return onText(value, "upper", arguments);
  }

  private Object lower(Object value, Arguments arguments) {
    return onText(value, "lower", arguments);
  }

  private Object capitalize(Object value, Arguments arguments) {
    return onText(value, "capitalize", arguments);
  }

  private Object title(Object value, Arguments arguments) {
    arguments.bind("title", 0);
    String own = text.str(value);
    StringBuilder out = new StringBuilder(own.length());
    Matcher breaks = WORD_BREAK.matcher(own);
    int from = 0;
    while (breaks.find()) {
      out.append(titleWord(own.substring(from, breaks.start()))).append(breaks.group());
      from = breaks.end();
    }
    return budget.made(out.append(titleWord(own.substring(from))).toString());
  }

  private static String titleWord(String word) {
    if (word.isEmpty()) {
      return word;
    }
    int first = word.offsetByCodePoints(0, 1);
    return PyStrings.upper(word.substring(0, first)) + PyStrings.lower(word.substring(first));
  }

  private Object trim(Object value, Arguments arguments) {
    Object characters = arguments.bind("trim", 0, "chars")[0];
    Object[] given = {characters == null ? None.NONE : characters};
    return onText(value, "strip", new Arguments(List.of(given), Map.of()));
  }

  private Object center(Object value, Arguments arguments) {
    Object width = arguments.bind("center", 0, "width")[0];
    Object[] given = {width == null ? BigInteger.valueOf(80) : width};
    return onText(value, "center", new Arguments(List.of(given), Map.of()));
  }

  private Object replace(Object value, Arguments arguments) {
    Object[] given = arguments.bind("replace", 2, "old", "new", "count");
    boolean all = given[2] == null || given[2] instanceof None;
    Object count = all ? BigInteger.ONE.negate() : given[2];
    Object[] plain = {text.str(given[0]), text.str(given[1]), count};
    return onText(text.str(value), "replace", new Arguments(List.of(plain), Map.of()));
  }

  private Object format(Object value, Arguments arguments) {
    if (!arguments.positional().isEmpty() && !arguments.keywords().isEmpty()) {
      throw PyError.type("format takes values or named values, not both");
    }
    Dict named = new Dict();
    arguments.keywords().forEach(named::put);
    Object values = named.size() > 0 ? named : new PyTuple(arguments.positional());
    return format.percent(softString(value), values);
  }

  private Object indent(Object value, Arguments arguments) {
    Object[] given = arguments.bind("indent", 0, "width", "first", "blank");
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (PyObjects.textOf(value) == null) {
      throw PyError.type("indent needs a str, not " + PyObjects.typeName(value));
    }
    if (given[0] instanceof Markup && !(value instanceof Markup)) {
      throw PyError.unsupported("indenting plain text by marked text is not supported");
    }
    String indention = given[0] == null ? "    " : PyObjects.textOf(given[0]);
    if (indention == null) {
      int width = Math.max(0, PyObjects.index(given[0]));
      budget.characters(width);
      indention = " ".repeat(width);
    }
    boolean first = given[1] != null && objects.truth(given[1]);
    boolean blank = given[2] != null && objects.truth(given[2]);
    List<String> lines = PyStrings.lines(PyObjects.textOf(value) + "\n", false);
    StringBuilder out = new StringBuilder(first ? indention : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      boolean indented = i > 0 && (blank || !line.isEmpty());
      budget.characters((long) line.length() + indention.length());
      out.append(i > 0 ? "\n" : "").append(indented ? indention : "").append(line);
    }
    return value instanceof Markup ? new Markup(out.toString()) : out.toString();
  }

  private Object truncate(Object value, Arguments arguments) {
    Object[] given = arguments.bind("truncate", 0, "length", "killwords", "end", "leeway");
    int length = given[0] == null ? 255 : PyObjects.index(given[0]);
    String end = given[2] == null ? "..." : PyObjects.textOf(given[2]);
    int leeway = given[3] == null || given[3] instanceof None ? 5 : PyObjects.index(given[3]);
    if (end == null) {
      throw PyError.type("truncate's end is a str");
    }
    if (length < PyStrings.length(end) || leeway < 0) {
      throw PyError.value("truncate's length must hold its end, and its leeway be 0 or more");
    }
    if (objects.length(value) <= (long) length + leeway) {
      return value;
    }
    if (!(value instanceof String own)) {
      throw PyError.unsupported(
          "truncating a " + PyObjects.typeName(value) + " is not supported; add |string");
    }
    String kept = PyStrings.substring(own, 0, length - PyStrings.length(end));
    boolean cutsWords = given[1] != null && objects.truth(given[1]);
    int space = kept.lastIndexOf(' ');
    return (cutsWords || space < 0 ? kept : kept.substring(0, space)) + end;
  }

  private Object wordcount(Object value, Arguments arguments) {
    arguments.bind("wordcount", 0);
    return PyValues.integer(WORD.matcher(text.str(value)).results().count());
  }

  private Object escape(Object value, Arguments arguments) {
    arguments.bind("escape", 0);
    return value instanceof Markup
        ? value
        : new Markup(budget.made(PyStrings.escapeHtml(text.str(value))));
  }

  private Object forceEscape(Object value, Arguments arguments) {
    arguments.bind("forceescape", 0);
    return new Markup(budget.made(PyStrings.escapeHtml(text.str(value))));
  }

  private Object safe(Object value, Arguments arguments) {
    arguments.bind("safe", 0);
    return new Markup(text.str(value));
  }

  private Object tojson(Object value, Arguments arguments) {
    return Json.dumps(value, arguments, budget, objects);
  }

  // ---- numbers -------------------------------------------------------------------------------

  private Object abs(Object value, Arguments arguments) {
    arguments.bind("abs", 0);
    if (value instanceof Double number) {
      return Math.abs(number);
    }
    BigInteger integer = PyObjects.integerOf(value);
    if (integer == null) {
      throw PyError.type("bad operand type for abs(): '" + PyObjects.typeName(value) + "'");
    }
    return integer.abs();
  }

  private Object toInt(Object value, Arguments arguments) {
    Object[] given = arguments.bind("int", 0, "default", "base");
    Object otherwise = given[0] == null ? BigInteger.ZERO : given[0];
    int base = given[1] == null ? 10 : PyObjects.index(given[1]);
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (value instanceof Double number) {
      return truncated(number, otherwise);
    }
    if (PyObjects.isNumber(value)) {
      return PyObjects.integerOf(value);
    }
    String written = PyObjects.textOf(value);
    if (written == null) {
      return otherwise;
    }
    BigInteger integer = parseInt(written, base);
    if (integer != null) {
      return integer;
    }
    Double number = parseFloat(written);
    return number == null ? otherwise : truncated(number, otherwise);
  }

  private static Object truncated(double number, Object otherwise) {
    return Double.isNaN(number) || Double.isInfinite(number)
        ? otherwise
        : new BigDecimal(number).toBigInteger();
  }

  /** {@code int(text, base)}, or null where Python raises a ValueError. */
  private static BigInteger parseInt(String written, int base) {
    if (base != 0 && base < 2 || base > 36) {
      return null;
    }
    String digits = PyStrings.strip(written, null, true, true);
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    int radix = base == 0 ? 10 : base;
    boolean prefixed = false;
    if (digits.length() > 1 && digits.charAt(0) == '0') {
      int named =
          switch (Character.toLowerCase(digits.charAt(1))) {
            case 'b' -> 2;
            case 'o' -> 8;
            case 'x' -> 16;
            default -> 0;
          };
      if (named != 0 && (base == 0 || base == named)) {
        radix = named;
        prefixed = true;
        digits = digits.substring(2);
      } else if (base == 0 && digits.chars().anyMatch(c -> c != '0' && c != '_')) {
        return null;
      }
    }
    StringBuilder plain = new StringBuilder();
    boolean underscoreAllowed = prefixed;
    for (int c : digits.codePoints().toArray()) {
      int digit = Character.digit(c, radix);
      if (c == '_' ? !underscoreAllowed : digit < 0) {
        return null;
      }
      underscoreAllowed = c != '_';
      if (digit >= 0) {
        plain.append(Character.forDigit(digit, radix));
      }
    }
    if (plain.length() == 0 || !underscoreAllowed || plain.length() > 4300) {
      return null;
    }
    BigInteger value = new BigInteger(plain.toString(), radix);
    return negative ? value.negate() : value;
  }

  private Object toFloat(Object value, Arguments arguments) {
    Object given = arguments.bind("float", 0, "default")[0];
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (PyObjects.isNumber(value)) {
      return PyOperators.toDouble(value);
    }
    String written = PyObjects.textOf(value);
    Double number = written == null ? null : parseFloat(written);
    return number != null ? number : given != null ? given : 0.0;
  }

  /** {@code float(text)}, or null where Python raises a ValueError. */
  private static Double parseFloat(String written) {
    StringBuilder ascii = new StringBuilder();
    for (int c : PyStrings.strip(written, null, true, true).codePoints().toArray()) {
      int digit = Character.digit(c, 10);
      ascii.appendCodePoint(digit >= 0 ? '0' + digit : c);
    }
    String number = ascii.toString().replaceAll("(?<=\\d)_(?=\\d)", "");
    if (FLOAT.matcher(number).matches()) {
      return Double.valueOf(number);
    }
    return switch (PyStrings.lower(number)) {
      case "nan", "+nan", "-nan" -> Double.NaN;
      case "inf", "+inf", "infinity", "+infinity" -> Double.POSITIVE_INFINITY;
      case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
      default -> null;
    };
  }

  private Object round(Object value, Arguments arguments) {
    Object[] given = arguments.bind("round", 0, "precision", "method");
    boolean toInteger = given[0] instanceof None;
    int precision = given[0] == null || toInteger ? 0 : PyObjects.index(given[0]);
    String method = given[1] == null ? "common" : PyObjects.textOf(given[1]);
    if (method == null || !List.of("common", "ceil", "floor").contains(method)) {
      throw PyError.value("round's method must be common, ceil or floor");
    }
    if (value instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!PyObjects.isNumber(value)) {
      throw PyError.type("round needs a number, not " + PyObjects.typeName(value));
    }
    if (method.equals("common")) {
      if (toInteger && value instanceof Double number) {
        return wholeNumber(Math.rint(number));
      }
      return value instanceof Double number
          ? (Object) rounded(number, precision)
          : rounded(PyObjects.integerOf(value), precision);
    }
    Object scale =
        operators.apply("**", BigInteger.TEN, given[0] == null ? BigInteger.ZERO : given[0]);
    double scaled = PyOperators.toDouble(operators.apply("*", value, scale));
    double whole = method.equals("ceil") ? Math.ceil(scaled) : Math.floor(scaled);
    return operators.apply("/", wholeNumber(whole), scale);
  }

  private static BigInteger wholeNumber(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      throw PyError.value("cannot convert " + PyText.number(number) + " to an integer");
    }
    return new BigDecimal(number).toBigInteger();
  }

  private static double rounded(double number, int precision) {
    if (Double.isNaN(number) || Double.isInfinite(number) || precision > 400) {
      return number;
    }
    int places = Math.max(precision, -400);
    double result = new BigDecimal(number).setScale(places, RoundingMode.HALF_EVEN).doubleValue();
    return Math.copySign(result, number);
  }

  private static BigInteger rounded(BigInteger number, int precision) {
    if (precision >= 0) {
      return number;
    }
    int places = Math.max(precision, -100_000);
    return new BigDecimal(number).setScale(places, RoundingMode.HALF_EVEN).toBigInteger();
  }

  private Object sum(Object value, Arguments arguments) {
    Object[] given = arguments.bind("sum", 0, "attribute", "start");
    Function<Object, Object> getter = getter(given[0], false, null);
    Object total = given[1] == null ? BigInteger.ZERO : given[1];
    if (PyObjects.textOf(total) != null) {
      throw PyError.type("sum cannot add strings; use the filter 'join'");
    }
    for (Iterator<Object> items = objects.iterate(value); items.hasNext(); ) {
      total = operators.apply("+", total, getter.apply(items.next()));
    }
    return total;
  }

  // ---- defaults and attributes -----------------------------------------------------------------

  private Object defaultTo(Object value, Arguments arguments) {
    Object[] given = arguments.bind("default", 0, "default_value", "boolean");
    Object otherwise = given[0] == null ? "" : given[0];
    boolean falseToo = given[1] != null && objects.truth(given[1]);
    return value instanceof Undefined || falseToo && !objects.truth(value) ? otherwise : value;
  }

  private Object attr(Object value, Arguments arguments) {
    String name = PyObjects.textOf(arguments.bind("attr", 1, "name")[0]);
    if (name == null) {
      throw PyError.type("attr needs the attribute's name");
    }
    return attributes.attributeOnly(value, name);
  }

  /** Follows a path such as {@code address.city} or {@code 0.name}. */
  private Function<Object, Object> getter(Object path, boolean ignoreCase, Object otherwise) {
    List<Object> parts = parts(path);
    return item -> {
      Object value = item;
      for (Object part : parts) {
        value = attributes.element(value, part);
        if (value instanceof Undefined && otherwise != null) {
          value = otherwise;
        }
      }
      return ignoreCase ? lowered(value) : value;
    };
  }

  private static List<Object> parts(Object path) {
    String written = PyObjects.textOf(path);
    if (written == null) {
      return path == null || path instanceof None ? List.of() : List.of(path);
    }
    List<Object> parts = new ArrayList<>();
    for (String part : written.split("\\.", -1)) {
      boolean number = !part.isEmpty() && part.chars().allMatch(c -> c >= '0' && c <= '9');
      parts.add(number ? new BigInteger(part) : part);
    }
    return parts;
  }

  private static Object lowered(Object value) {
    String own = PyObjects.textOf(value);
    return own == null ? value : PyStrings.lower(own);
  }

  // ---- sequences and mappings ------------------------------------------------------------------

  private Object length(Object value, Arguments arguments) {
    arguments.bind("length", 0);
    return PyValues.integer(objects.length(value));
  }

  private Object list(Object value, Arguments arguments) {
    arguments.bind("list", 0);
    return new PyList(objects.list(value));
  }

  private Object first(Object value, Arguments arguments) {
    arguments.bind("first", 0);
    Iterator<Object> items = objects.iterate(value);
    return items.hasNext() ? items.next() : new Undefined("no first item: the sequence is empty");
  }

  private Object last(Object value, Arguments arguments) {
    arguments.bind("last", 0);
    Iterator<Object> items = reversed(value);
    if (items == null) {
      throw PyError.type(
          "'" + PyObjects.typeName(value) + "' object is not reversible; add |list before |last");
    }
    return items.hasNext() ? items.next() : new Undefined("no last item: the sequence is empty");
  }

  /** {@code reversed(value)}, or null where Python raises a TypeError. */
  private Iterator<Object> reversed(Object value) {
    if (PyObjects.textOf(value) == null
        && !(value instanceof Sequence)
        && !(value instanceof Dict)
        && !(value instanceof PyValues.DictView)
        && !(value instanceof Undefined)) {
      return null;
    }
    List<Object> items = objects.list(value);
    Collections.reverse(items);
    return items.iterator();
  }

  private Object reverse(Object value, Arguments arguments) {
    arguments.bind("reverse", 0);
    String own = PyObjects.textOf(value);
    if (own != null) {
      return attributes.slice(value, null, null, BigInteger.ONE.negate());
    }
    Iterator<Object> items = reversed(value);
    if (items != null) {
      return new OneShot(items);
    }
    List<Object> all = objects.list(value);
    Collections.reverse(all);
    return new PyList(all);
  }

  private Object join(Object value, Arguments arguments) {
    Object[] given = arguments.bind("join", 0, "d", "attribute");
    String separator = given[0] == null ? "" : text.str(given[0]);
    Function<Object, Object> getter = getter(given[1], false, null);
    StringBuilder out = new StringBuilder();
    Iterator<Object> items = objects.iterate(value);
    for (int i = 0; items.hasNext(); i++) {
      String piece = text.str(getter.apply(items.next()));
      budget.characters((long) separator.length() + piece.length());
      out.append(i == 0 ? "" : separator).append(piece);
    }
    return out.toString();
  }

  private Object items(Object value, Arguments arguments) {
    arguments.bind("items", 0);
    return lazily(
        () -> {
          if (value instanceof Undefined) {
            return Collections.emptyIterator();
          }
          if (!(value instanceof Dict dict)) {
            throw PyError.type("items needs a mapping, not " + PyObjects.typeName(value));
          }
          return dict.items().iterator();
        });
  }

  private Object dictsort(Object value, Arguments arguments) {
    Object[] given = arguments.bind("dictsort", 0, "case_sensitive", "by", "reverse");
    boolean ignoreCase = given[0] == null || !objects.truth(given[0]);
    String by = given[1] == null ? "key" : PyObjects.textOf(given[1]);
    if (!"key".equals(by) && !"value".equals(by)) {
      throw PyError.value("dictsort sorts by 'key' or 'value'");
    }
    if (!(value instanceof Dict dict)) {
      throw PyError.type("dictsort needs a mapping, not " + PyObjects.typeName(value));
    }
    List<Object> keys = "key".equals(by) ? dict.keys() : dict.values();
    if (ignoreCase) {
      keys.replaceAll(Filters::lowered);
    }
    return new PyList(objects.sorted(dict.items(), keys, isReversed(given[2])));
  }

  /** Python's {@code sorted} wants an integer here, where others take any truth. */
  private static boolean isReversed(Object given) {
    return given != null && PyObjects.index(given) != 0;
  }

  private Object sort(Object value, Arguments arguments) {
    Object[] given = arguments.bind("sort", 0, "reverse", "case_sensitive", "attribute");
    boolean reverse = isReversed(given[0]);
    boolean ignoreCase = given[1] == null || !objects.truth(given[1]);
    List<Function<Object, Object>> getters = new ArrayList<>();
    String paths = PyObjects.textOf(given[2]);
    if (paths == null) {
      getters.add(getter(given[2], ignoreCase, null));
    } else {
      for (String path : paths.split(",", -1)) {
        getters.add(getter(path, ignoreCase, null));
      }
    }
    List<Object> items = objects.list(value);
    List<Object> keys = new ArrayList<>(items.size());
    for (Object item : items) {
      List<Object> key = new ArrayList<>();
      getters.forEach(getter -> key.add(getter.apply(item)));
      keys.add(new PyList(key));
    }
    return new PyList(objects.sorted(items, keys, reverse));
  }

  private Object unique(Object value, Arguments arguments) {
    Object[] given = arguments.bind("unique", 0, "case_sensitive", "attribute");
    boolean ignoreCase = given[0] == null || !objects.truth(given[0]);
    Function<Object, Object> getter = getter(given[1], ignoreCase, null);
    return lazily(
        () -> {
          Dict seen = new Dict();
          return new Filtered(
              objects.iterate(value),
              item -> {
                Object key = getter.apply(item);
                boolean isNew = seen.get(key) == null;
                seen.put(key, None.NONE);
                return isNew;
              });
        });
  }

  private Object min(Object value, Arguments arguments) {
    return extreme("min", "<", value, arguments);
  }

  private Object max(Object value, Arguments arguments) {
    return extreme("max", ">", value, arguments);
  }

  private Object extreme(String name, String better, Object value, Arguments arguments) {
    Object[] given = arguments.bind(name, 0, "case_sensitive", "attribute");
    boolean ignoreCase = given[0] == null || !objects.truth(given[0]);
    Iterator<Object> items = objects.iterate(value);
    if (!items.hasNext()) {
      return new Undefined("no " + name + ": the sequence is empty");
    }
    Function<Object, Object> getter = getter(given[1], ignoreCase, null);
    Object best = items.next();
    Object bestKey = getter.apply(best);
    while (items.hasNext()) {
      Object item = items.next();
      Object key = getter.apply(item);
      if (objects.ordered(better, key, bestKey)) {
        best = item;
        bestKey = key;
      }
    }
    return best;
  }

  private Object batch(Object value, Arguments arguments) {
    Object[] given = arguments.bind("batch", 1, "linecount", "fill_with");
    boolean fill = given[1] != null && !(given[1] instanceof None);
    return lazily(
        () -> {
          List<Object> batches = new ArrayList<>();
          List<Object> batch = new ArrayList<>();
          for (Iterator<Object> items = objects.iterate(value); items.hasNext(); ) {
            Object item = items.next();
            if (objects.equal(PyValues.integer(batch.size()), given[0])) {
              batches.add(new PyList(batch));
              batch = new ArrayList<>();
            }
            batch.add(item);
          }
          if (!batch.isEmpty()) {
            int missing = fill ? PyObjects.index(given[0]) - batch.size() : 0;
            if (missing > 0) {
              budget.elements(missing);
              batch.addAll(Collections.nCopies(missing, given[1]));
            }
            batches.add(new PyList(batch));
          }
          return batches.iterator();
        });
  }

  // ---- map, select and reject ------------------------------------------------------------------

  private Object map(Object value, Arguments arguments) {
    return lazily(
        () -> {
          if (!objects.truth(value)) {
            return Collections.emptyIterator();
          }
          Function<Object, Object> function = mapped(arguments);
          Iterator<Object> items = objects.iterate(value);
          return new Iterator<>() {
            @Override
            public boolean hasNext() {
              return items.hasNext();
            }

            @Override
            public Object next() {
              return function.apply(items.next());
            }
          };
        });
  }

  private Function<Object, Object> mapped(Arguments arguments) {
    List<Object> positional = arguments.positional();
    if (positional.isEmpty() && arguments.keywords().containsKey("attribute")) {
      Object[] given = arguments.bind("map", 0, "attribute", "default");
      Object otherwise = given[1] instanceof None ? null : given[1];
      return getter(given[0], false, otherwise);
    }
    if (positional.isEmpty()) {
      throw PyError.type("map needs the name of a filter, or attribute=");
    }
    String name = PyObjects.textOf(positional.get(0));
    if (name == null) {
      throw PyError.type("map needs the name of a filter");
    }
    Arguments rest = new Arguments(positional.subList(1, positional.size()), arguments.keywords());
    return item -> apply(name, item, rest);
  }

  private Object select(Object value, Arguments arguments) {
    return selected("select", value, arguments, false, true);
  }

  private Object reject(Object value, Arguments arguments) {
    return selected("reject", value, arguments, false, false);
  }

  private Object selectattr(Object value, Arguments arguments) {
    return selected("selectattr", value, arguments, true, true);
  }

  private Object rejectattr(Object value, Arguments arguments) {
    return selected("rejectattr", value, arguments, true, false);
  }

  private Object selected(
      String filter, Object value, Arguments arguments, boolean ofAttribute, boolean wanted) {
    return lazily(
        () -> {
          if (!objects.truth(value)) {
            return Collections.emptyIterator();
          }
          List<Object> positional = arguments.positional();
          int used = ofAttribute ? 1 : 0;
          if (positional.size() < used) {
            throw PyError.type(filter + " needs the name of an attribute");
          }
          Function<Object, Object> getter =
              ofAttribute ? getter(positional.get(0), false, null) : item -> item;
          Tests.Bound test = test(positional, used, arguments);
          return new Filtered(
              objects.iterate(value), item -> test.passes(getter.apply(item)) == wanted);
        });
  }

  private Tests.Bound test(List<Object> positional, int used, Arguments arguments) {
    if (positional.size() == used) {
      return objects::truth;
    }
    String name = PyObjects.textOf(positional.get(used));
    if (name == null) {
      throw PyError.type("the name of a test is a string");
    }
    Arguments rest =
        new Arguments(positional.subList(used + 1, positional.size()), arguments.keywords());
    return item -> objects.truth(tests.apply(name, item, rest));
  }

  /** A generator: nothing runs, and nothing fails, before its first element is asked for. */
  private static OneShot lazily(Supplier<Iterator<Object>> elements) {
    return new OneShot(
        new Iterator<>() {
          private Iterator<Object> started;

          @Override
          public boolean hasNext() {
            if (started == null) {
              started = elements.get();
            }
            return started.hasNext();
          }

          @Override
          public Object next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            return started.next();
          }
        });
  }

  /** The elements that pass a test, which runs once for each. */
  private static final class Filtered implements Iterator<Object> {
    private final Iterator<Object> items;
    private final Tests.Bound test;
    private Object next;

    Filtered(Iterator<Object> items, Tests.Bound test) {
      this.items = items;
      this.test = test;
    }

    @Override
    public boolean hasNext() {
      while (next == null && items.hasNext()) {
        Object item = items.next();
        if (test.passes(item)) {
          next = item;
        }
      }
      return next != null;
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Object item = next;
      next = null;
      return item;
    }
  }
}
