package dev.parley.model.text.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What Python does with text, where Java differs: it counts code points and knows other blanks. */
final class PyStrings {
  private PyStrings() {}

  static boolean isSpace(int codePoint) {
    return codePoint >= '\t' && codePoint <= '\r'
        || codePoint >= 0x1c && codePoint <= ' '
        || codePoint == 0x85
        || codePoint == 0xa0
        || codePoint == 0x1680
        || codePoint >= 0x2000 && codePoint <= 0x200a
        || codePoint == 0x2028
        || codePoint == 0x2029
        || codePoint == 0x202f
        || codePoint == 0x205f
        || codePoint == 0x3000;
  }

  /** {@code str.isspace}: at least one character, and nothing but blanks. */
  static boolean isSpace(String text) {
    return !text.isEmpty() && text.codePoints().allMatch(PyStrings::isSpace);
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** The characters, one string each. */
  static List<Object> characters(String text) {
    List<Object> characters = new ArrayList<>(text.length());
    text.codePoints().forEach(c -> characters.add(Character.toString(c)));
    return characters;
  }

  /** The part between two code point indices, which must lie within the text. */
  static String substring(String text, int from, int to) {
    int start = text.offsetByCodePoints(0, from);
    return text.substring(start, text.offsetByCodePoints(start, Math.max(0, to - from)));
  }

  /** The code point index of a UTF-16 index. */
  static int codePointIndex(String text, int index) {
    return index < 0 ? index : text.codePointCount(0, index);
  }

  static String stripLeft(String text) {
    return text.substring(leadingBlanks(text, null));
  }

  static String stripRight(String text) {
    return text.substring(0, text.length() - trailingBlanks(text, null));
  }

  /**
   * {@code strip}, {@code lstrip} or {@code rstrip}.
   *
   * @param characters what to take away; null for whitespace
   */
  static String strip(String text, String characters, boolean left, boolean right) {
    int start = left ? leadingBlanks(text, characters) : 0;
    if (start == text.length()) {
      return "";
    }
    int end = text.length() - (right ? trailingBlanks(text, characters) : 0);
    return text.substring(start, end);
  }

  private static int leadingBlanks(String text, String characters) {
    int count = 0;
    while (count < text.length()) {
      int c = text.codePointAt(count);
      if (!isStripped(c, characters)) {
        break;
      }
      count += Character.charCount(c);
    }
    return count;
  }

  private static int trailingBlanks(String text, String characters) {
    int end = text.length();
    while (end > 0) {
      int c = text.codePointBefore(end);
      if (!isStripped(c, characters)) {
        break;
      }
      end -= Character.charCount(c);
    }
    return text.length() - end;
  }

  private static boolean isStripped(int codePoint, String characters) {
    return characters == null ? isSpace(codePoint) : characters.indexOf(codePoint) >= 0;
  }

  /** {@code splitlines}. */
  static List<String> lines(String text, boolean keepEnds) {
    List<String> lines = new ArrayList<>();
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean ends =
          c >= '\n' && c <= '\r'
              || c >= 0x1c && c <= 0x1e
              || c == 0x85
              || c == 0x2028
              || c == 0x2029;
      if (ends) {
        int lineEnd = i;
        if (c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n') {
          i++;
        }
        lines.add(text.substring(start, keepEnds ? i + 1 : lineEnd));
        start = i + 1;
      }
    }
    if (start < text.length()) {
      lines.add(text.substring(start));
    }
    return lines;
  }

  /** Order by code points; Java's own order is that of UTF-16 units. */
  static int compare(String left, String right) {
    int length = Math.min(left.length(), right.length());
    for (int i = 0; i < length; i++) {
      char a = left.charAt(i);
      char b = right.charAt(i);
      if (a != b) {
        boolean aHigh = Character.isSurrogate(a);
        return aHigh == Character.isSurrogate(b) ? Character.compare(a, b) : aHigh ? 1 : -1;
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  /** {@code str.capitalize}. */
  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    // Lowering the whole text keeps the context that a final sigma needs.
    String lower = lower(text);
    int rest = lower(Character.toString(first)).length();
    return titleCase(first) + lower.substring(rest);
  }

  /** {@code str.title}: a word starts wherever a cased character follows one that is not. */
  static String title(String text) {
    String lower = lower(text);
    if (PyStrings.length(lower) != PyStrings.length(text)) {
      lower = lowerEach(text);
    }
    int[] original = text.codePoints().toArray();
    int[] lowered = lower.codePoints().toArray();
    StringBuilder title = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < original.length; i++) {
      if (inWord) {
        title.appendCodePoint(lowered[i]);
      } else {
        title.append(titleCase(original[i]));
      }
      inWord = isCased(original[i]);
    }
    return title.toString();
  }

  private static String lowerEach(String text) {
    StringBuilder lower = new StringBuilder();
    text.codePoints().forEach(c -> lower.appendCodePoint(Character.toLowerCase(c)));
    return lower.toString();
  }

  static String swapCase(String text) {
    StringBuilder swapped = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              String one = Character.toString(c);
              swapped.append(isLower(c) ? upper(one) : isUpper(c) ? lower(one) : one);
            });
    return swapped.toString();
  }

  private static String titleCase(int codePoint) {
    int simple = Character.toTitleCase(codePoint);
    String upper = upper(Character.toString(codePoint));
    if (simple != codePoint || length(upper) == 1) {
      return Character.toString(simple);
    }
    int first = upper.codePointAt(0);
    return Character.toString(first) + lower(upper.substring(Character.charCount(first)));
  }

  static boolean isLower(int codePoint) {
    return Character.isLowerCase(codePoint);
  }

  static boolean isUpper(int codePoint) {
    return Character.isUpperCase(codePoint);
  }

  static boolean isCased(int codePoint) {
    return isLower(codePoint) || isUpper(codePoint) || Character.isTitleCase(codePoint);
  }

  /** {@code str.isprintable} for one character, which decides how {@code repr} shows it. */
  static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> codePoint == ' ';
      default -> true;
    };
  }

  /** {@code markupsafe.escape}. */
  static String escapeHtml(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("'", "&#39;")
        .replace("\"", "&#34;");
  }
}
