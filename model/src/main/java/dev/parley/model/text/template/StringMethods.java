package dev.parley.model.text.template;

import static dev.parley.model.text.template.PyValues.integer;

import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.Function;
import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.UnaryOperator;

/**
 * The methods of Python's {@code str}. Those of marked text escape what they add and stay marked.
 */
final class StringMethods {
  private interface Method {
    /**
     * @param self the string or marked text whose method is called
     * @param text its characters
     */
    Object call(Object self, String text, Arguments arguments);
  }

  private final Budget budget;
  private final PyObjects objects;
  private final PyText text;
  private final PyFormat format;
  private final PyFormat.Lookup lookup;
  private final Map<String, Method> methods = new HashMap<>();

  StringMethods(
      Budget budget, PyObjects objects, PyText text, PyFormat format, PyFormat.Lookup lookup) {
    this.budget = budget;
    this.objects = objects;
    this.text = text;
    this.format = format;
    this.lookup = lookup;
    defineCaseMethods();
    defineSearches();
    defineSplits();
    definePadding();
    definePredicates();
    defineJoins();
  }

  /** The method bound to the string, or null if strings have none of this name. */
  Object method(Object self, String name) {
    Method method = methods.get(name);
    if (method == null) {
      return null;
    }
    return new Function(
        name,
        arguments -> {
          String own = PyObjects.textOf(self);
          budget.steps(own.length() / 64);
          Object result = method.call(self, own, arguments);
          if (result instanceof String made) {
            budget.made(made);
          } else if (result instanceof PyList list) {
            budget.elements(list.items().size());
            budget.characters(own.length());
          }
          return self instanceof Markup ? marked(result) : result;
        });
  }

  private static Object marked(Object result) {
    if (result instanceof String made) {
      return new Markup(made);
    } else if (result instanceof PyList list) {
      return new PyList(list.items().stream().map(StringMethods::marked).toList());
    } else if (result instanceof PyTuple tuple) {
      return new PyTuple(tuple.items().stream().map(StringMethods::marked).toList());
    }
    return result;
  }

  private void defineCaseMethods() {
    simple("upper", PyStrings::upper);
    simple("lower", PyStrings::lower);
    simple("capitalize", PyStrings::capitalize);
    simple("title", PyStrings::title);
    simple("swapcase", PyStrings::swapCase);
  }

  private void simple(String name, UnaryOperator<String> function) {
    methods.put(
        name,
        (self, own, arguments) -> {
          arguments.bindUnnamed(name, 0, 0);
          return function.apply(own);
        });
  }

  // ---- searching -----------------------------------------------------------------------------

  private void defineSearches() {
    methods.put("find", (self, own, arguments) -> integer(find("find", own, arguments, false)));
    methods.put("rfind", (self, own, arguments) -> integer(find("rfind", own, arguments, true)));
    methods.put("index", (self, own, arguments) -> index("index", own, arguments, false));
    methods.put("rindex", (self, own, arguments) -> index("rindex", own, arguments, true));
    methods.put("count", (self, own, arguments) -> integer(count(own, arguments)));
    methods.put("startswith", (self, own, arguments) -> affix("startswith", own, arguments, true));
    methods.put("endswith", (self, own, arguments) -> affix("endswith", own, arguments, false));
    methods.put("replace", this::replace);
    methods.put("removeprefix", (self, own, arguments) -> removed(own, arguments, true));
    methods.put("removesuffix", (self, own, arguments) -> removed(own, arguments, false));
  }

  /** A part of a string that a method looks at: where it starts, in code points, and its text. */
  private record Window(int start, String text, boolean inside) {}

  /** The window that the optional second and third arguments of a search describe. */
  private static Window window(String own, Object from, Object to) {
    if (isAbsent(from) && isAbsent(to)) {
      return new Window(0, own, true);
    }
    int length = PyStrings.length(own);
    int start = isAbsent(from) ? 0 : clamp(PyObjects.index(from), length);
    int end = isAbsent(to) ? length : Math.min(length, clamp(PyObjects.index(to), length));
    if (start > end) {
      return new Window(start, "", false);
    }
    return new Window(start, PyStrings.substring(own, start, end), true);
  }

  private static boolean isAbsent(Object value) {
    return value == null || value instanceof None;
  }

  private static int clamp(int index, int length) {
    return index < 0 ? Math.max(0, index + length) : index;
  }

  private static int find(String name, String own, Arguments arguments, boolean last) {
    Object[] values = arguments.bindUnnamed(name, 1, 3);
    String sought = requireText(values[0], name);
    Window window = window(own, values[1], values[2]);
    if (!window.inside()) {
      return -1;
    }
    String inside = window.text();
    int at = last ? inside.lastIndexOf(sought) : inside.indexOf(sought);
    return at < 0 ? -1 : window.start() + PyStrings.codePointIndex(inside, at);
  }

  private static Object index(String name, String own, Arguments arguments, boolean last) {
    int at = find(name, own, arguments, last);
    if (at < 0) {
      throw PyError.value(name + "(): substring not found");
    }
    return integer(at);
  }

  private static int count(String own, Arguments arguments) {
    Object[] values = arguments.bindUnnamed("count", 1, 3);
    String sought = requireText(values[0], "count");
    Window window = window(own, values[1], values[2]);
    if (!window.inside()) {
      return 0;
    }
    if (sought.isEmpty()) {
      return PyStrings.length(window.text()) + 1;
    }
    int count = 0;
    for (int at = window.text().indexOf(sought);
        at >= 0;
        at = window.text().indexOf(sought, at + sought.length())) {
      count++;
    }
    return count;
  }

  private static boolean affix(String name, String own, Arguments arguments, boolean start) {
    Object[] values = arguments.bindUnnamed(name, 1, 3);
    Window window = window(own, values[1], values[2]);
    List<Object> choices = values[0] instanceof PyTuple tuple ? tuple.items() : List.of(values[0]);
    for (Object choice : choices) {
      String affix = requireText(choice, name);
      boolean found = start ? window.text().startsWith(affix) : window.text().endsWith(affix);
      if (window.inside() && found) {
        return true;
      }
    }
    return false;
  }

  private Object replace(Object self, String own, Arguments arguments) {
    Object[] values = arguments.bindUnnamed("replace", 2, 3);
    String old = requireText(values[0], "replace");
    String replacement = addition(self, values[1], "replace");
    int count = values[2] == null ? -1 : PyObjects.index(values[2]);
    return replaced(own, old, replacement, count);
  }

  /**
   * {@code text.replace(old, replacement, count)}; a negative count means all. An empty {@code old}
   * is found before each character and at the end.
   */
  String replaced(String own, String old, String replacement, int count) {
    StringBuilder out = new StringBuilder();
    int left = count < 0 ? Integer.MAX_VALUE : count;
    int from = 0;
    int at = own.indexOf(old);
    while (at >= 0 && left-- > 0) {
      out.append(own, from, at).append(replacement);
      budget.characters(at - from + (long) replacement.length());
      from = at + old.length();
      if (old.isEmpty()) {
        if (at == own.length()) {
          break;
        }
        int next = own.offsetByCodePoints(at, 1);
        out.append(own, at, next);
        from = next;
        at = next;
      } else {
        at = own.indexOf(old, from);
      }
    }
    return out.append(own, from, own.length()).toString();
  }

  private static String removed(String own, Arguments arguments, boolean prefix) {
    String name = prefix ? "removeprefix" : "removesuffix";
    String affix = requireText(arguments.bindUnnamed(name, 1, 1)[0], name);
    if (prefix) {
      return own.startsWith(affix) ? own.substring(affix.length()) : own;
    }
    return own.endsWith(affix) ? own.substring(0, own.length() - affix.length()) : own;
  }

  // ---- splitting -----------------------------------------------------------------------------

  private void defineSplits() {
    methods.put("split", (self, own, arguments) -> split("split", own, arguments, false));
    methods.put("rsplit", (self, own, arguments) -> split("rsplit", own, arguments, true));
    methods.put(
        "splitlines",
        (self, own, arguments) -> {
          Object keep = arguments.bind("splitlines", 0, "keepends")[0];
          return list(PyStrings.lines(own, keep != null && objects.truth(keep)));
        });
    methods.put("partition", (self, own, arguments) -> partition(own, arguments, false));
    methods.put("rpartition", (self, own, arguments) -> partition(own, arguments, true));
    methods.put("strip", (self, own, arguments) -> strip("strip", own, arguments, true, true));
    methods.put("lstrip", (self, own, arguments) -> strip("lstrip", own, arguments, true, false));
    methods.put("rstrip", (self, own, arguments) -> strip("rstrip", own, arguments, false, true));
  }

  private static String strip(
      String name, String own, Arguments arguments, boolean left, boolean right) {
    Object characters = arguments.bindUnnamed(name, 0, 1)[0];
    return PyStrings.strip(
        own, isAbsent(characters) ? null : requireText(characters, name), left, right);
  }

  private Object split(String name, String own, Arguments arguments, boolean fromRight) {
    Object[] values = arguments.bind(name, 0, "sep", "maxsplit");
    int limit = values[1] == null ? -1 : PyObjects.index(values[1]);
    int cuts = limit < 0 ? Integer.MAX_VALUE : limit;
    if (isAbsent(values[0])) {
      return list(fromRight ? wordsFromRight(own, cuts) : words(own, cuts));
    }
    String separator = requireText(values[0], name);
    if (separator.isEmpty()) {
      throw PyError.value("empty separator");
    }
    return list(fromRight ? cutFromRight(own, separator, cuts) : cut(own, separator, cuts));
  }

  private static List<String> cut(String own, String separator, int cuts) {
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int at = own.indexOf(separator); at >= 0 && parts.size() < cuts; ) {
      parts.add(own.substring(from, at));
      from = at + separator.length();
      at = own.indexOf(separator, from);
    }
    parts.add(own.substring(from));
    return parts;
  }

  private static List<String> cutFromRight(String own, String separator, int cuts) {
    List<String> parts = new ArrayList<>();
    int to = own.length();
    while (parts.size() < cuts) {
      int at = to < separator.length() ? -1 : own.lastIndexOf(separator, to - separator.length());
      if (at < 0) {
        break;
      }
      parts.add(own.substring(at + separator.length(), to));
      to = at;
    }
    parts.add(own.substring(0, to));
    Collections.reverse(parts);
    return parts;
  }

  /** Splits at runs of whitespace; what is left after the last cut keeps its far blanks. */
  private static List<String> words(String own, int cuts) {
    List<String> words = new ArrayList<>();
    int start = nextWord(own, 0);
    while (start < own.length() && words.size() < cuts) {
      int end = start;
      while (end < own.length() && !PyStrings.isSpace(own.charAt(end))) {
        end++;
      }
      words.add(own.substring(start, end));
      start = nextWord(own, end);
    }
    if (start < own.length()) {
      words.add(own.substring(start));
    }
    return words;
  }

  private static int nextWord(String own, int from) {
    int start = from;
    while (start < own.length() && PyStrings.isSpace(own.charAt(start))) {
      start++;
    }
    return start;
  }

  private static List<String> wordsFromRight(String own, int cuts) {
    List<String> words = new ArrayList<>();
    int end = previousWord(own, own.length());
    while (end > 0 && words.size() < cuts) {
      int start = end;
      while (start > 0 && !PyStrings.isSpace(own.charAt(start - 1))) {
        start--;
      }
      words.add(own.substring(start, end));
      end = previousWord(own, start);
    }
    if (end > 0) {
      words.add(own.substring(0, end));
    }
    Collections.reverse(words);
    return words;
  }

  private static int previousWord(String own, int from) {
    int end = from;
    while (end > 0 && PyStrings.isSpace(own.charAt(end - 1))) {
      end--;
    }
    return end;
  }

  private static Object partition(String own, Arguments arguments, boolean last) {
    String name = last ? "rpartition" : "partition";
    String separator = requireText(arguments.bindUnnamed(name, 1, 1)[0], name);
    if (separator.isEmpty()) {
      throw PyError.value("empty separator");
    }
    int at = last ? own.lastIndexOf(separator) : own.indexOf(separator);
    if (at < 0) {
      return last ? PyTuple.of("", "", own) : PyTuple.of(own, "", "");
    }
    return PyTuple.of(own.substring(0, at), separator, own.substring(at + separator.length()));
  }

  private static PyList list(List<String> parts) {
    return new PyList(new ArrayList<>(parts));
  }

  // ---- padding -------------------------------------------------------------------------------

  private void definePadding() {
    methods.put("ljust", (self, own, arguments) -> padded("ljust", self, own, arguments));
    methods.put("rjust", (self, own, arguments) -> padded("rjust", self, own, arguments));
    methods.put("center", (self, own, arguments) -> padded("center", self, own, arguments));
    methods.put("zfill", (self, own, arguments) -> zeroFilled(own, arguments));
    methods.put("expandtabs", (self, own, arguments) -> expanded(own, arguments));
  }

  private String padded(String name, Object self, String own, Arguments arguments) {
    Object[] values = arguments.bindUnnamed(name, 1, 2);
    String fill = values[1] == null ? " " : addition(self, values[1], name);
    if (PyStrings.length(fill) != 1) {
      throw PyError.type("The fill character must be exactly one character long");
    }
    return padded(name, own, PyObjects.index(values[0]), fill);
  }

  String padded(String name, String own, int width, String fill) {
    int blanks = width - PyStrings.length(own);
    if (blanks <= 0) {
      return own;
    }
    budget.characters(width);
    int left =
        switch (name) {
          case "ljust" -> 0;
          case "rjust" -> blanks;
          // CPython gives the odd blank to the left only if the width is odd.
          default -> blanks / 2 + (blanks & width & 1);
        };
    return fill.repeat(left) + own + fill.repeat(blanks - left);
  }

  private String zeroFilled(String own, Arguments arguments) {
    int width = PyObjects.index(arguments.bindUnnamed("zfill", 1, 1)[0]);
    int zeros = width - PyStrings.length(own);
    if (zeros <= 0) {
      return own;
    }
    budget.characters(width);
    boolean signed = own.startsWith("+") || own.startsWith("-");
    String sign = signed ? own.substring(0, 1) : "";
    return sign + "0".repeat(zeros) + own.substring(sign.length());
  }

  private String expanded(String own, Arguments arguments) {
    Object size = arguments.bind("expandtabs", 0, "tabsize")[0];
    int tab = size == null ? 8 : Math.max(0, PyObjects.index(size));
    StringBuilder out = new StringBuilder();
    int column = 0;
    for (int c : own.codePoints().toArray()) {
      if (c == '\t') {
        int blanks = tab == 0 ? 0 : tab - column % tab;
        budget.characters(blanks);
        out.append(" ".repeat(blanks));
        column += blanks;
      } else {
        out.appendCodePoint(c);
        column = c == '\n' || c == '\r' ? 0 : column + 1;
      }
    }
    return out.toString();
  }

  // ---- predicates ----------------------------------------------------------------------------

  private void definePredicates() {
    all("isalpha", Character::isLetter);
    all("isdigit", StringMethods::isDigit);
    all("isdecimal", c -> Character.getType(c) == Character.DECIMAL_DIGIT_NUMBER);
    all("isalnum", c -> Character.isLetter(c) || isNumeric(c));
    all("isspace", PyStrings::isSpace);
    predicate("isascii", own -> own.chars().allMatch(c -> c < 128));
    predicate("isprintable", own -> own.codePoints().allMatch(PyStrings::isPrintable));
    predicate("islower", StringMethods::isLower);
    predicate("isupper", StringMethods::isUpper);
    predicate("istitle", StringMethods::isTitle);
    predicate(
        "isidentifier",
        own ->
            !own.isEmpty()
                && (own.charAt(0) == '_' || Character.isUnicodeIdentifierStart(own.codePointAt(0)))
                && own.codePoints()
                    .allMatch(
                        c ->
                            Character.isUnicodeIdentifierPart(c)
                                && !Character.isIdentifierIgnorable(c)));
  }

  private interface Predicate {
    boolean test(String own);
  }

  private void predicate(String name, Predicate predicate) {
    methods.put(
        name,
        (self, own, arguments) -> {
          arguments.bindUnnamed(name, 0, 0);
          return predicate.test(own);
        });
  }

  private void all(String name, IntPredicate test) {
    predicate(name, own -> !own.isEmpty() && own.codePoints().allMatch(test));
  }

  private static boolean isDigit(int codePoint) {
    // Superscripts and circled digits are digits without being decimal.
    return Character.isDigit(codePoint)
        || Character.getType(codePoint) == Character.OTHER_NUMBER
            && Character.getNumericValue(codePoint) >= 0
            && Character.getNumericValue(codePoint) <= 9;
  }

  private static boolean isNumeric(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  static boolean isLower(String own) {
    return isCase(own, PyStrings::isLower);
  }

  static boolean isUpper(String own) {
    return isCase(own, PyStrings::isUpper);
  }

  private static boolean isCase(String own, IntPredicate wanted) {
    return own.codePoints().anyMatch(PyStrings::isCased)
        && own.codePoints().filter(PyStrings::isCased).allMatch(wanted);
  }

  private static boolean isTitle(String own) {
    boolean inWord = false;
    boolean any = false;
    for (int c : own.codePoints().toArray()) {
      boolean opens = PyStrings.isUpper(c) || Character.isTitleCase(c);
      if (opens ? inWord : PyStrings.isLower(c) && !inWord) {
        return false;
      }
      inWord = PyStrings.isCased(c);
      any |= inWord;
    }
    return any;
  }

  // ---- joining and formatting ------------------------------------------------------------------

  private void defineJoins() {
    methods.put(
        "join",
        (self, own, arguments) -> {
          Iterator<Object> items = objects.iterate(arguments.bindUnnamed("join", 1, 1)[0]);
          StringBuilder out = new StringBuilder();
          for (int i = 0; items.hasNext(); i++) {
            Object item = items.next();
            if (self instanceof Markup && PyObjects.textOf(item) == null) {
              item = text.str(item);
            }
            String piece = addition(self, item, "join");
            budget.characters((long) own.length() + piece.length());
            out.append(i == 0 ? "" : own).append(piece);
          }
          return out.toString();
        });
    methods.put(
        "format",
        (self, own, arguments) -> format.braces(own, arguments, lookup, self instanceof Markup));
    methods.put(
        "format_map",
        (self, own, arguments) -> {
          if (!(arguments.bindUnnamed("format_map", 1, 1)[0] instanceof Dict dict)) {
            throw PyError.type("format_map() needs a dictionary");
          }
          Map<String, Object> named = new HashMap<>();
          for (Object key : dict.keys()) {
            if (key instanceof String name) {
              named.put(name, dict.get(key));
            }
          }
          Arguments fields = new Arguments(List.of(), named);
          return format.braces(own, fields, lookup, self instanceof Markup);
        });
  }

  /** Text that becomes part of the result, escaped if the string is marked. */
  private static String addition(Object self, Object value, String method) {
    String added = requireText(value, method);
    return self instanceof Markup && !(value instanceof Markup)
        ? PyStrings.escapeHtml(added)
        : added;
  }

  private static String requireText(Object value, String method) {
    String given = PyObjects.textOf(value);
    if (given == null) {
      throw PyError.type(method + "() needs a str, not " + PyObjects.typeName(value));
    }
    return given;
  }
}
