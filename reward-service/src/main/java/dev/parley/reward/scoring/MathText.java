package dev.parley.reward.scoring;

import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brings a short mathematical answer, in LaTeX or plain, into one form: what different writers
 * write differently and means the same becomes the same text. Every step reads the text a fixed
 * number of times.
 *
 * <p>What counts as the same follows the practice of the MATH benchmark (Hendrycks et al. 2021,
 * arXiv:2103.03874) and of math-verify: spacing, sizes of brackets, dollar signs, degrees and units
 * say nothing; {@code \frac12} is {@code \frac{1}{2}}.
 */
final class MathText {

  /** A set's braces; plain ones only group. */
  static final String SET_OPENS = "⟦";

  static final String SET_CLOSES = "⟧";

  /** What says nothing, or says it in another way. Longer words stand before their beginnings. */
  private static final List<Map.Entry<Pattern, String>> COMMANDS =
      List.of(
          command("(?:left|right|big|Big|bigg|Bigg|bigl|bigr|Bigl|Bigr)(?![a-z])\\.?", ""),
          command(
              "(?:displaystyle|textstyle|limits|boldsymbol|mathbf|mathbb|mathcal)(?![a-z])", ""),
          command("(?:quad|qquad)(?![a-z])", " "),
          command("[dtc]frac(?![a-z])", "\\\\frac"),
          command("(?:cdot|times|ast)(?![a-z])", "*"),
          command("div(?![a-z])", "/"),
          command("(?:leq|le|leqslant)(?![a-z])", "<="),
          command("(?:geq|ge|geqslant)(?![a-z])", ">="),
          command("(?:neq|ne)(?![a-z])", "!="),
          command("lt(?![a-z])", "<"),
          command("gt(?![a-z])", ">"),
          command("pi(?![a-z])", "pi"),
          command("infty(?![a-z])", "infinity"),
          command("cup(?![a-z])", " U "),
          command("(?:ldots|dots|cdots)(?![a-z])", "..."),
          command("(?:circ|degree)(?![a-z])", "°"),
          command("(?:lbrace(?![a-z])|\\{)", SET_OPENS),
          command("(?:rbrace(?![a-z])|\\})", SET_CLOSES));

  private static final Pattern WORDS =
      Pattern.compile(
          "\\\\(?:text|textbf|textit|textrm|mathrm|mbox|operatorname|rm)\\s*\\{([^{}]*)\\}");
  private static final Pattern UNIT_TEXT =
      Pattern.compile(
          "(?<=[\\d}!])\\s*\\\\(?:text|textrm|mathrm|mbox)\\s*\\{\\s*([^{}\\d]*)\\}(\\^\\{?\\d\\}?)?$");
  private static final Pattern SHORT_FRACTION =
      Pattern.compile("\\\\frac\\s*(?:\\{([^{}]*)\\}|(\\w))\\s*(?:\\{([^{}]*)\\}|(\\w))");
  private static final Pattern ONE_IN_BRACES = Pattern.compile("([_^])\\{(\\w)\\}");
  private static final Pattern SHORT_ROOT = Pattern.compile("\\\\sqrt\\s*(\\w)");
  private static final Pattern THOUSANDS =
      Pattern.compile("(?<![\\d.,])(\\d{1,3})((?:(?:,|\\{,\\}| )\\d{3})+)(?![\\d,])");
  private static final Pattern MIXED = Pattern.compile("(?<![\\d.])(\\d+) +(\\d+) */ *(\\d+)");
  private static final Pattern DIGITS_APART = Pattern.compile("(?<=\\d) +(?=[\\d.])");
  private static final Pattern DEGREES = Pattern.compile("\\^?\\{?°\\}? ?(?:[CF](?![A-Za-z]))?");
  private static final Pattern ROOT_SIGN =
      Pattern.compile("(?:√|(?<![\\\\a-zA-Z])sqrt) *(?:\\(([^()]*)\\)|(\\d+|[a-z]))");
  private static final Pattern SEPARATOR = Pattern.compile(",? +(?:and|or) +");
  private static final String BRACKETS = "([" + SET_OPENS;
  private static final Pattern SPACES = Pattern.compile("\\s+");
  private static final Pattern DEFINITION =
      Pattern.compile("^[A-Za-z](?:_\\{?\\w\\}?|\\([a-z]\\))?\\s*(?:=|\\\\in(?![a-z]))(?!=)");
  private static final Pattern CURRENCY =
      Pattern.compile("\\\\?\\$|[€£¥₹]|\\\\pounds|\\b(?:USD|EUR|GBP)\\b");
  private static final Pattern MATRIX =
      Pattern.compile("\\\\(begin|end)\\s*\\{[pbBvV]?(?:matrix|array)\\}(?:\\{[clr|]*\\})?");

  /** After a number: a word, or several, each with a power. */
  private static final Pattern UNIT =
      Pattern.compile(
          "^([-+]?[\\d.,/^*(){}\\\\a-z]*[\\d)}])(?:"
              + " +(?!pi\\b|and\\b|or\\b|to\\b|by\\b|sqrt\\b)[A-Za-z][A-Za-z.'/-]{2,}(?:\\^\\{?\\d\\}?)?|"
              + " *(?:cm|mm|km|kg|mg|ml|mL|mph|ft|lbs?|hrs?|mins?|secs?|dollars?|cents?|degrees?|feet"
              + "|inch(?:es)?|meters?|units?)(?![A-Za-z])(?:\\^\\{?\\d\\}?)?)(?:"
              + " +[A-Za-z][A-Za-z.'/-]*(?:\\^\\{?\\d\\}?)?){0,5}$");

  private static final Pattern LARGE =
      Pattern.compile("^([-+]?[\\d.,]+) *(hundred|thousand|million|billion|trillion)\\b");
  private static final Map<String, String> LARGE_WORDS =
      Map.of(
          "hundred", "100",
          "thousand", "1000",
          "million", "1000000",
          "billion", "1000000000",
          "trillion", "1000000000000");
  private static final Pattern PERCENT =
      Pattern.compile(
          "^(.*[\\d)}]) *(?:\\\\?%|\\\\?percent(?:age"
              + " points?)?)(?:\\s*(?:of|more|less|higher|lower)\\b.*)?$");
  private static final Pattern EXPONENT =
      Pattern.compile("^([-+]?\\d*\\.?\\d+)[eE]([-+]?\\d{1,9})$");

  private MathText() {}

  /**
   * An answer in its one form.
   *
   * @param text without white space around operators
   * @param percent whether it was followed by a percent sign, which is not in the text
   */
  record Normal(String text, boolean percent) {}

  private static Map.Entry<Pattern, String> command(String pattern, String meaning) {
    return Map.entry(Pattern.compile("\\\\" + pattern), meaning);
  }

  /** Brings an answer into its one form. */
  static Normal normal(String answer) {
    String text = characters(answer).strip();
    text = replace(MATRIX, text, "");
    for (Map.Entry<Pattern, String> command : COMMANDS) {
      text = command.getKey().matcher(text).replaceAll(command.getValue());
    }
    text = replace(DEGREES, text, "");
    Matcher unit = UNIT_TEXT.matcher(text);
    if (unit.find() && !unit.group(1).strip().startsWith("percent")) {
      text = text.substring(0, unit.start());
    }
    text = WORDS.matcher(text).replaceAll(" $1 ");
    text = replace(CURRENCY, text, "");
    text = trimmed(replace(SPACES, text, " "));
    text = trimmed(replace(DEFINITION, text, ""));
    boolean percent = false;
    Matcher share = PERCENT.matcher(text);
    if (share.matches()) {
      percent = true;
      text = share.group(1);
    }
    text = replace(SEPARATOR, text, ",");
    if (!text.isEmpty() && BRACKETS.indexOf(text.charAt(0)) < 0) {
      text =
          replace(
              THOUSANDS, text, result -> result.group(1) + result.group(2).replaceAll("\\D", ""));
    }
    text = replace(LARGE, text, result -> result.group(1) + "*" + LARGE_WORDS.get(result.group(2)));
    text =
        replace(
            MIXED,
            text,
            result -> result.group(1) + "\\frac{" + result.group(2) + "}{" + result.group(3) + "}");
    Matcher withUnit = UNIT.matcher(text);
    if (withUnit.matches()) {
      text = withUnit.group(1);
    }
    text = replace(ROOT_SIGN, text, result -> "\\sqrt{" + first(result) + "}");
    text = replace(SHORT_ROOT, text, result -> "\\sqrt{" + result.group(1) + "}");
    text = replace(SHORT_FRACTION, text, MathText::fraction);
    text = replace(ONE_IN_BRACES, text, "$1$2").replace("\\%", "%");
    text = DIGITS_APART.matcher(text).replaceAll(" ");
    text = withoutSpaces(text).replace("**", "^");
    text =
        replace(
            EXPONENT,
            text,
            result -> result.group(1) + "*10^{" + result.group(2).replace("+", "") + "}");
    return new Normal(text, percent);
  }

  /** Other signs for the same characters. */
  private static String characters(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '−', '–', '—' -> out.append('-');
        case '×', '·', '⋅' -> out.append('*');
        case '÷' -> out.append('/');
        case 'π' -> out.append("pi");
        case '∞' -> out.append("infinity");
        case '≤' -> out.append("<=");
        case '≥' -> out.append(">=");
        case '∪' -> out.append(" U ");
        case '½' -> out.append("\\frac{1}{2}");
        case '²' -> out.append("^2");
        case '³' -> out.append("^3");
        case '\u00a0', '\u202f', '\u2009', '~' -> out.append(' ');
        case '\\' -> {
          char next = i + 1 < text.length() ? text.charAt(i + 1) : ' ';
          switch (next) {
            // Spaces of several widths, and mathematics' own brackets.
            case '!' -> {
              i++;
              while (i + 1 < text.length() && text.charAt(i + 1) == ' ') {
                i++;
              }
            }
            case ',', ';', ':', ' ', '\n' -> {
              out.append(' ');
              i++;
            }
            case '(', ')', '[', ']' -> i++;
            case '\\' -> {
              out.append(" ; ");
              i++;
            }
            default -> out.append(c);
          }
        }
        default -> out.append(c);
      }
    }
    return out.toString();
  }

  /** Without white space, quotes, emphasis and a sentence's end around it. */
  private static String trimmed(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && " :*`'\"".indexOf(text.charAt(start)) >= 0) {
      start++;
    }
    while (end > start && " .,;:*`'\"?".indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return text.substring(start, end);
  }

  private static String first(MatchResult result) {
    return result.group(1) != null ? result.group(1) : result.group(2);
  }

  private static String fraction(MatchResult result) {
    String above = first(result);
    String below = result.group(3) != null ? result.group(3) : result.group(4);
    return "\\frac{" + above + "}{" + below + "}";
  }

  /** Drops spaces but those between two digits or two letters, where they part something. */
  private static String withoutSpaces(String text) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != ' ') {
        out.append(c);
      } else if (out.length() > 0 && i + 1 < text.length()) {
        char before = out.charAt(out.length() - 1);
        char after = text.charAt(i + 1);
        boolean digits = Character.isDigit(before) && Character.isDigit(after);
        boolean letters = Character.isLetter(before) && Character.isLetter(after);
        if (digits || letters) {
          out.append(c);
        }
      }
    }
    return out.toString();
  }

  private static String replace(Pattern pattern, String text, String by) {
    return pattern.matcher(text).replaceAll(by);
  }

  private static String replace(Pattern pattern, String text, Function<MatchResult, String> by) {
    return pattern.matcher(text).replaceAll(result -> Matcher.quoteReplacement(by.apply(result)));
  }
}
