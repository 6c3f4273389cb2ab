package dev.parley.model.text.template;

import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts a template into tokens and applies Jinja2's whitespace rules with {@code trim_blocks} and
 * {@code lstrip_blocks} on: the newline after a block or comment tag is dropped, and so are the
 * blanks before one that is first on its line; {@code -} inside a tag drops all whitespace on that
 * side, {@code +} keeps it.
 */
final class Lexer {
  enum Kind {
    DATA,
    VARIABLE_BEGIN,
    VARIABLE_END,
    BLOCK_BEGIN,
    BLOCK_END,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  /**
   * @param text the name, operator or data as written
   * @param value the literal's value: String, BigInteger or Double; else {@code text}
   */
  record Token(Kind kind, String text, Object value, int line) {
    boolean is(Kind other) {
      return kind == other;
    }

    boolean isName(String name) {
      return kind == Kind.NAME && text.equals(name);
    }

    boolean isOperator(String operator) {
      return kind == Kind.OPERATOR && text.equals(operator);
    }

    String describe() {
      return switch (kind) {
        case DATA -> "text";
        case VARIABLE_BEGIN -> "'{{'";
        case VARIABLE_END -> "'}}'";
        case BLOCK_BEGIN -> "'{%'";
        case BLOCK_END -> "'%}'";
        case END -> "the end of the template";
        case NAME, STRING, INTEGER, FLOAT, OPERATOR -> "'" + text + "'";
      };
    }
  }

  /** {@code \s} as Python's regular expressions understand it. */
  private static final String SPACE =
      "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

  private static final Pattern NEWLINE = Pattern.compile("\\r\\n|\\r|\\n");
  private static final Pattern RAW_BEGIN =
      Pattern.compile("\\{%([-+]?)" + SPACE + "*raw" + SPACE + "*(?:-%}" + SPACE + "*|%})");
  private static final Pattern RAW_END =
      Pattern.compile(
          "\\{%([-+]?)" + SPACE + "*endraw" + SPACE + "*(?:\\+%}|-%}" + SPACE + "*|%}\\n?)");
  private static final Pattern BLOCK_END = Pattern.compile("\\+%}|-%}" + SPACE + "*|%}\\n?");
  private static final Pattern VARIABLE_END = Pattern.compile("-}}" + SPACE + "*|}}");
  private static final Pattern SPACES = Pattern.compile(SPACE + "+");
  private static final Pattern FLOAT =
      Pattern.compile(
          "(?<!\\.)(?:\\d+_)*\\d+"
              + "(?:(?:\\.(?:\\d+_)*\\d+)?[eE][+-]?(?:\\d+_)*\\d+|\\.(?:\\d+_)*\\d+)");
  private static final Pattern INTEGER =
      Pattern.compile(
          "0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[\\da-fA-F])+|[1-9](?:_?\\d)*|0(?:_?0)*");
  private static final Pattern STRING =
      Pattern.compile(
          "'[^'\\\\]*(?:\\\\.[^'\\\\]*)*'|\"[^\"\\\\]*(?:\\\\.[^\"\\\\]*)*\"", Pattern.DOTALL);
  private static final Pattern OPERATOR =
      Pattern.compile("//|\\*\\*|==|!=|>=|<=|[-+/*%~\\[\\](){}<>=.:|,;]");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int position;
  private int line = 1;

  /** Whether the last match ended a line, so that the text which follows starts one. */
  private boolean lineStarts = true;

  private Lexer(String template) {
    String lines = NEWLINE.matcher(template).replaceAll("\n");
    source = lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines;
  }

  /**
   * @throws TemplateException at a character, string or comment that is no valid token
   */
  static List<Token> tokenize(String template) {
    Lexer lexer = new Lexer(template);
    while (lexer.position < lexer.source.length()) {
      lexer.textThenTag();
    }
    lexer.add(Kind.END, "");
    return lexer.tokens;
  }

  private void textThenTag() {
    int begin = nextTag();
    if (begin < 0) {
      add(Kind.DATA, source.substring(position));
      advanceTo(source.length());
      return;
    }
    char type = source.charAt(begin + 1);
    Matcher raw = matcher(RAW_BEGIN, begin);
    boolean isRaw = type == '%' && raw.lookingAt();
    text(begin, signAt(begin + 2), type == '{');
    if (isRaw) {
      advanceTo(raw.end());
      rawBlock();
      return;
    }
    int inside = begin + 2 + (signAt(begin + 2) == 0 ? 0 : 1);
    switch (type) {
      case '#' -> {
        advanceTo(inside);
        comment();
      }
      case '%' -> {
        add(Kind.BLOCK_BEGIN, "{%");
        advanceTo(inside);
        code(BLOCK_END, Kind.BLOCK_END);
      }
      default -> {
        add(Kind.VARIABLE_BEGIN, "{{");
        advanceTo(inside);
        code(VARIABLE_END, Kind.VARIABLE_END);
      }
    }
  }

  private int nextTag() {
    for (int brace = source.indexOf('{', position);
        brace >= 0 && brace + 1 < source.length();
        brace = source.indexOf('{', brace + 1)) {
      if ("%{#".indexOf(source.charAt(brace + 1)) >= 0) {
        return brace;
      }
    }
    return -1;
  }

  /** The whitespace control character at {@code index}, or 0. */
  private char signAt(int index) {
    char c = index < source.length() ? source.charAt(index) : 0;
    return c == '-' || c == '+' ? c : 0;
  }

  /** The text from here to the tag at {@code end}, as the tag's sign leaves it. */
  private void text(int end, char sign, boolean variable) {
    String text = source.substring(position, end);
    String kept = text;
    if (sign == '-') {
      kept = PyStrings.stripRight(text);
    } else if (sign == 0 && !variable) {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || lineStarts) && PyStrings.isSpace(text.substring(lineStart))) {
        kept = text.substring(0, lineStart);
      }
    }
    if (!kept.isEmpty()) {
      add(Kind.DATA, kept);
    }
    advanceTo(end);
  }

  private void rawBlock() {
    Matcher end = matcher(RAW_END, position);
    if (!end.find()) {
      throw error("{% raw %} has no {% endraw %}");
    }
    text(end.start(), signAt(end.start() + 2), false);
    advanceTo(end.end());
  }

  private void comment() {
    int close = source.indexOf("#}", position);
    if (close < 0) {
      throw error("the comment has no '#}'");
    }
    char sign = close > position ? signAt(close - 1) : 0;
    int end = close + 2;
    if (sign == '-') {
      Matcher spaces = matcher(SPACES, end);
      end = spaces.lookingAt() ? spaces.end() : end;
    } else if (sign == 0 && end < source.length() && source.charAt(end) == '\n') {
      end++;
    }
    advanceTo(end);
  }

  /** Everything inside a tag, up to and with the tag's end. */
  private void code(Pattern endPattern, Kind endKind) {
    Deque<Character> open = new ArrayDeque<>();
    while (position < source.length()) {
      Matcher end = matcher(endPattern, position);
      if (open.isEmpty() && end.lookingAt()) {
        add(endKind, endKind == Kind.BLOCK_END ? "%}" : "}}");
        advanceTo(end.end());
        return;
      }
      Matcher spaces = matcher(SPACES, position);
      if (spaces.lookingAt()) {
        advanceTo(spaces.end());
      } else {
        token(open);
      }
    }
  }

  private void token(Deque<Character> open) {
    Matcher matcher;
    if ((matcher = matcher(FLOAT, position)).lookingAt()) {
      add(Kind.FLOAT, matcher.group(), Double.valueOf(matcher.group().replace("_", "")));
    } else if ((matcher = matcher(INTEGER, position)).lookingAt()) {
      add(Kind.INTEGER, matcher.group(), integer(matcher.group().replace("_", "")));
    } else if (nameEnd() > position) {
      String name = source.substring(position, nameEnd());
      if (!name.equals("_")
          && !Character.isUnicodeIdentifierStart(name.codePointAt(0))
          && name.charAt(0) != '_') {
        throw error("a name cannot start as '" + name + "' does");
      }
      add(Kind.NAME, name);
      advanceTo(nameEnd());
      return;
    } else if ((matcher = matcher(STRING, position)).lookingAt()) {
      String body = matcher.group().substring(1, matcher.group().length() - 1);
      add(Kind.STRING, matcher.group(), unescape(body));
    } else if ((matcher = matcher(OPERATOR, position)).lookingAt()) {
      balance(matcher.group().charAt(0), open);
      add(Kind.OPERATOR, matcher.group());
    } else {
      String found = new String(Character.toChars(source.codePointAt(position)));
      throw error("'" + found + "' is not allowed here");
    }
    advanceTo(matcher.end());
  }

  private int nameEnd() {
    int end = position;
    while (end < source.length()) {
      int c = source.codePointAt(end);
      if (c != '_'
          && (!Character.isUnicodeIdentifierPart(c) || Character.isIdentifierIgnorable(c))) {
        break;
      }
      end += Character.charCount(c);
    }
    return end;
  }

  /** Inside brackets, '}}' and '%}' are operators rather than the end of the tag. */
  private void balance(char operator, Deque<Character> open) {
    switch (operator) {
      case '(' -> open.push(')');
      case '[' -> open.push(']');
      case '{' -> open.push('}');
      case ')', ']', '}' -> {
        if (open.isEmpty() || open.pop() != operator) {
          throw error("'" + operator + "' closes nothing");
        }
      }
      default -> {}
    }
  }

  private static BigInteger integer(String digits) {
    if (digits.length() > 2 && digits.charAt(0) == '0') {
      switch (Character.toLowerCase(digits.charAt(1))) {
        case 'b':
          return new BigInteger(digits.substring(2), 2);
        case 'o':
          return new BigInteger(digits.substring(2), 8);
        case 'x':
          return new BigInteger(digits.substring(2), 16);
        default:
          break;
      }
    }
    return new BigInteger(digits);
  }

  /** Python's escapes; an unknown one stays as it is written. */
  private String unescape(String body) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < body.length(); ) {
      char c = body.charAt(i++);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      int escape = body.codePointAt(i);
      i += Character.charCount(escape);
      switch (escape) {
        case '\n' -> {}
        case '\\', '\'', '"' -> text.append((char) escape);
        case 'a' -> text.append('\u0007');
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'v' -> text.append('\u000b');
        case 'x' -> i = hexEscape(body, i, 2, text);
        case 'u' -> i = hexEscape(body, i, 4, text);
        case 'U' -> i = hexEscape(body, i, 8, text);
        case 'N' -> i = nameEscape(body, i, text);
        case '0', '1', '2', '3', '4', '5', '6', '7' -> {
          int end = i;
          while (end < body.length() && end < i + 2 && "01234567".indexOf(body.charAt(end)) >= 0) {
            end++;
          }
          text.appendCodePoint(Integer.parseInt(body.substring(i - 1, end), 8));
          i = end;
        }
        default -> {
          // Jinja writes the literal in ASCII before it decodes escapes: '\é' is read as '\\xe9'.
          text.append('\\');
          text.append(escape < 128 ? Character.toString(escape) : asciiEscape(escape));
        }
      }
    }
    return text.toString();
  }

  private int hexEscape(String body, int from, int digits, StringBuilder text) {
    int end = from + digits;
    if (end > body.length() || !body.substring(from, end).matches("[0-9a-fA-F]+")) {
      throw error("the string has an escape that lacks some of its " + digits + " hex digits");
    }
    long codePoint = Long.parseLong(body.substring(from, end), 16);
    if (codePoint > Character.MAX_CODE_POINT) {
      throw error("the string has an escape beyond the last Unicode character");
    }
    text.appendCodePoint((int) codePoint);
    return end;
  }

  private int nameEscape(String body, int from, StringBuilder text) {
    int end = body.startsWith("{", from) ? body.indexOf('}', from) : -1;
    if (end < 0) {
      throw error("the string has an escape '\\N' without a {name}");
    }
    String name = body.substring(from + 1, end);
    try {
      text.appendCodePoint(Character.codePointOf(name));
    } catch (IllegalArgumentException e) {
      throw new TemplateException(line, "no Unicode character is named '" + name + "'", false, e);
    }
    return end + 1;
  }

  private static String asciiEscape(int codePoint) {
    if (codePoint < 0x100) {
      return String.format(Locale.ROOT, "x%02x", codePoint);
    }
    return String.format(Locale.ROOT, codePoint < 0x10000 ? "u%04x" : "U%08x", codePoint);
  }

  private Matcher matcher(Pattern pattern, int from) {
    return pattern
        .matcher(source)
        .region(from, source.length())
        .useTransparentBounds(true)
        .useAnchoringBounds(false);
  }

  private void advanceTo(int end) {
    for (int i = position; i < end; i++) {
      if (source.charAt(i) == '\n') {
        line++;
      }
    }
    lineStarts = end > 0 && end > position && source.charAt(end - 1) == '\n';
    position = end;
  }

  private void add(Kind kind, String text) {
    add(kind, text, text);
  }

  private void add(Kind kind, String text, Object value) {
    tokens.add(new Token(kind, text, value, line));
  }

  private TemplateException error(String message) {
    return new TemplateException(line, message);
  }
}
