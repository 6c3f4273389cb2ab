package dev.parley.reward.scoring;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;

/** Whether two answers say the same. */
final class MathAnswers {

  private static final int LONGEST = 1_000;
  private static final int DEEPEST = 8;
  private static final Pattern CHOICE = Pattern.compile("\\(([A-Za-z])\\)");
  private static final Pattern UNION = Pattern.compile("(?<=[)\\]])U(?=[(\\[])");
  private static final Pattern EQUATION = Pattern.compile("[^<>!=]+=[^<>!=]+");
  private static final Pattern DEFINITION = Pattern.compile("[A-Za-z]=(.+)");
  private static final String PLUS_MINUS = "\\pm";

  private MathAnswers() {}

  /**
   * Compares an answer with a reference. A percent sign is read with good will: 50% is the same as
   * 50 and as 0.5, whichever of the two sides writes the sign; without any sign 50 is not 0.5.
   */
  static boolean same(String answer, String reference) {
    if (answer.length() > LONGEST || reference.length() > LONGEST) {
      return answer.strip().equals(reference.strip());
    }
    MathText.Normal mine = MathText.normal(answer);
    MathText.Normal theirs = MathText.normal(reference);
    if (same(mine.text(), theirs.text(), 0)) {
      return true;
    }
    if (mine.percent() == theirs.percent()) {
      return false;
    }
    return mine.percent()
        ? MathExpression.same(hundredth(mine), theirs.text())
        : MathExpression.same(mine.text(), hundredth(theirs));
  }

  private static String hundredth(MathText.Normal percentage) {
    return "(" + percentage.text() + ")/100";
  }

  private static boolean same(String answer, String reference, int depth) {
    if (answer.isEmpty() || reference.isEmpty() || depth > DEEPEST) {
      return false;
    }
    if (answer.equals(reference) || sameWords(answer, reference)) {
      return true;
    }
    if (answer.contains(PLUS_MINUS) || reference.contains(PLUS_MINUS)) {
      return same(bothSigns(answer), bothSigns(reference), depth + 1);
    }
    BiPredicate<String, String> parts = (one, other) -> same(one, other, depth + 1);
    for (char separator : new char[] {';', '&'}) {
      List<String> cells = split(answer, separator);
      if (cells.size() > 1 || split(reference, separator).size() > 1) {
        return inOrder(cells, split(reference, separator), parts);
      }
    }
    String[] pieces = UNION.split(answer);
    String[] otherPieces = UNION.split(reference);
    if (pieces.length > 1 || otherPieces.length > 1) {
      return inAnyOrder(List.of(pieces), List.of(otherPieces), parts);
    }
    if (bracketed(answer) && bracketed(reference)) {
      List<String> elements = split(inside(answer), ',');
      List<String> others = split(inside(reference), ',');
      if (elements.size() > 1 || others.size() > 1 || set(answer)) {
        boolean sameBrackets = brackets(answer).equals(brackets(reference));
        return sameBrackets
            && (set(answer)
                ? inAnyOrder(elements, others, parts)
                : inOrder(elements, others, parts));
      }
    }
    List<String> list = split(answer, ',');
    List<String> otherList = split(reference, ',');
    if (list.size() > 1 || otherList.size() > 1) {
      return inAnyOrder(withoutSet(answer, list), withoutSet(reference, otherList), parts);
    }
    if (answer.contains("=") != reference.contains("=")) {
      // x=5 says 5.
      String mine = DEFINITION.matcher(answer).replaceFirst("$1");
      String theirs = DEFINITION.matcher(reference).replaceFirst("$1");
      return !mine.contains("=") && !theirs.contains("=") && MathExpression.same(mine, theirs);
    }
    if (EQUATION.matcher(answer).matches() && EQUATION.matcher(reference).matches()) {
      return MathExpression.proportional(difference(answer), difference(reference));
    }
    return MathExpression.same(answer, reference);
  }

  /** Words in any case, and a choice with and without brackets: (C) is C. */
  private static boolean sameWords(String answer, String reference) {
    String mine = CHOICE.matcher(answer).replaceFirst("$1");
    String theirs = CHOICE.matcher(reference).replaceFirst("$1");
    boolean word =
        mine.length() > 1 && mine.chars().allMatch(c -> Character.isLetter(c) || c == ' ');
    boolean choice =
        mine.length() == 1
            && (mine.length() < answer.length() || theirs.length() < reference.length());
    return word || choice ? mine.equalsIgnoreCase(theirs) : false;
  }

  private static String bothSigns(String text) {
    return text.contains(PLUS_MINUS)
        ? text.replace(PLUS_MINUS, "+") + "," + text.replace(PLUS_MINUS, "-")
        : text;
  }

  private static boolean inOrder(
      List<String> one, List<String> other, BiPredicate<String, String> same) {
    if (one.size() != other.size()) {
      return false;
    }
    for (int i = 0; i < one.size(); i++) {
      if (!same.test(one.get(i), other.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean inAnyOrder(
      List<String> one, List<String> other, BiPredicate<String, String> same) {
    if (one.size() != other.size() || one.size() > 50) {
      return false;
    }
    List<String> left = new ArrayList<>(other);
    for (String element : one) {
      int found = 0;
      while (found < left.size() && !same.test(element, left.get(found))) {
        found++;
      }
      if (found == left.size()) {
        return false;
      }
      left.remove(found);
    }
    return true;
  }

  private static boolean bracketed(String text) {
    return text.length() > 2
        && ("([" + MathText.SET_OPENS).indexOf(text.charAt(0)) >= 0
        && (")]" + MathText.SET_CLOSES).indexOf(text.charAt(text.length() - 1)) >= 0
        && opens(text) == 1;
  }

  /** How many pieces a text has that brackets close over: (a)(b) has two. */
  private static int opens(String text) {
    int depth = 0;
    int pieces = 0;
    for (int i = 0; i < text.length(); i++) {
      int step = step(text.charAt(i));
      if (step > 0 && depth == 0 || step == 0 && depth == 0) {
        pieces++;
      }
      depth += step;
    }
    return pieces;
  }

  private static boolean set(String text) {
    return text.startsWith(MathText.SET_OPENS);
  }

  /** A set's elements stand for it beside a list. */
  private static List<String> withoutSet(String text, List<String> list) {
    return list.size() == 1 && set(text) && bracketed(text) ? split(inside(text), ',') : list;
  }

  private static String inside(String text) {
    return text.substring(1, text.length() - 1);
  }

  private static String brackets(String text) {
    return text.substring(0, 1) + text.charAt(text.length() - 1);
  }

  private static String difference(String equation) {
    int sign = equation.indexOf('=');
    return "(" + equation.substring(0, sign) + ")-(" + equation.substring(sign + 1) + ")";
  }

  /** Splits where a separator stands outside of all brackets. */
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    int depth = 0;
    int start = 0;
    for (int i = 0; i < text.length(); i++) {
      depth += step(text.charAt(i));
      if (text.charAt(i) == separator && depth == 0) {
        parts.add(text.substring(start, i));
        start = i + 1;
      }
    }
    parts.add(text.substring(start));
    return parts;
  }

  private static int step(char c) {
    return switch (c) {
      case '(', '[', '{', '⟦' -> 1;
      case ')', ']', '}', '⟧' -> -1;
      default -> 0;
    };
  }
}
