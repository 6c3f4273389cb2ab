package dev.parley.reward.scoring;

import java.util.Optional;

/**
 * Works out an expression in {@link MathText}'s normal form: numbers, letters, + - * / ^ !,
 * brackets, {@code \frac{}{}}, {@code \sqrt{}}, pi. A letter has a value that depends on it alone,
 * so that two expressions in the same letters are the same if they come to the same number at
 * several points (Schwartz 1980, Zippel 1979).
 */
final class MathExpression {

  /** Points at which expressions with letters are compared. */
  static final int POINTS = 3;

  private static final int LONGEST = 400;
  private static final int DEEPEST = 40;
  private static final String FRACTION = "\\frac{";
  private static final String ROOT = "\\sqrt{";

  private final String text;
  private final int point;
  private int at;
  private int depth;

  private MathExpression(String text, int point) {
    this.text = text;
    this.point = point;
  }

  /** Returns the value at one of the points; nothing if the text is no such expression. */
  static Optional<Rational> value(String text, int point) {
    if (text.isEmpty() || text.length() > LONGEST) {
      return Optional.empty();
    }
    try {
      MathExpression expression = new MathExpression(text, point);
      Rational value = expression.sum();
      return expression.at == text.length() ? Optional.of(value) : Optional.empty();
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }

  /** Returns whether two are the same expression at all points. */
  static boolean same(String text, String other) {
    for (int point = 0; point < POINTS; point++) {
      Optional<Rational> value = value(text, point);
      Optional<Rational> otherValue = value.isEmpty() ? value : value(other, point);
      if (otherValue.isEmpty() || !value.get().same(otherValue.get())) {
        return false;
      }
    }
    return true;
  }

  /**
   * Returns whether two differ by a factor alone: whether {@code a = 0} says what {@code b = 0}.
   */
  static boolean proportional(String text, String other) {
    Rational factor = null;
    for (int point = 0; point < POINTS; point++) {
      Optional<Rational> value = value(text, point);
      Optional<Rational> otherValue = value.isEmpty() ? value : value(other, point);
      if (otherValue.isEmpty() || value.get().isZero() || otherValue.get().isZero()) {
        return false;
      }
      Rational ratio = value.get().over(otherValue.get());
      if (factor != null && !factor.same(ratio)) {
        return false;
      }
      factor = ratio;
    }
    return true;
  }

  private Rational sum() {
    if (++depth > DEEPEST) {
      throw new ArithmeticException("too many brackets");
    }
    Rational sum;
    if (take("-")) {
      sum = product().negate();
    } else {
      take("+");
      sum = product();
    }
    while (true) {
      if (take("+")) {
        sum = sum.plus(product());
      } else if (take("-")) {
        sum = sum.plus(product().negate());
      } else {
        depth--;
        return sum;
      }
    }
  }

  private Rational product() {
    Rational product = power();
    while (true) {
      if (take("*")) {
        product = product.times(signed());
      } else if (take("/")) {
        product = product.over(signed());
      } else if (startsFactor()) {
        product = product.times(power());
      } else {
        return product;
      }
    }
  }

  private Rational signed() {
    return take("-") ? power().negate() : power();
  }

  private Rational power() {
    Rational base = atom();
    if (take("!")) {
      base = base.factorial();
    }
    if (!take("^")) {
      return base;
    }
    return base.power(peek() == '{' ? group('{', '}') : signed());
  }

  private boolean startsFactor() {
    char next = peek();
    return next == '(' || next == '{' || next == '\\' || Character.isLetter(next);
  }

  private Rational atom() {
    char next = peek();
    if (next == '(') {
      return group('(', ')');
    }
    if (next == '{') {
      return group('{', '}');
    }
    if (take(FRACTION)) {
      at--;
      return group('{', '}').over(group('{', '}'));
    }
    if (take(ROOT)) {
      at--;
      return group('{', '}').root();
    }
    if (take("pi")) {
      return Rational.PI;
    }
    if (next < 128 && Character.isLetter(next)) {
      at++;
      return letter(next);
    }
    return number();
  }

  private Rational group(char open, char close) {
    if (!take(String.valueOf(open))) {
      throw new ArithmeticException("expected " + open);
    }
    Rational inside = sum();
    if (!take(String.valueOf(close))) {
      throw new ArithmeticException("expected " + close);
    }
    return inside;
  }

  private Rational number() {
    int start = at;
    while (Character.isDigit(peek()) || peek() == '.') {
      at++;
    }
    Rational number = Rational.parse(text.substring(start, at));
    boolean whole = text.indexOf('.', start) < 0 || text.indexOf('.', start) >= at;
    return whole && mixedFraction() ? number.plus(atom()) : number;
  }

  /** Whether what follows makes a mixed number, as in {@code 2\frac{1}{3}}: two and a third. */
  private boolean mixedFraction() {
    if (!text.startsWith(FRACTION, at)) {
      return false;
    }
    int next = digits(at + FRACTION.length());
    return next > 0
        && text.startsWith("}{", next)
        && digits(next + 2) > 0
        && text.startsWith("}", digits(next + 2));
  }

  /** The end of the digits that start there; -1 if there are none. */
  private int digits(int start) {
    int end = start;
    while (end < text.length() && Character.isDigit(text.charAt(end))) {
      end++;
    }
    return end > start ? end : -1;
  }

  /** A number between 1 and 3 with nothing special about it. */
  private Rational letter(char name) {
    return Rational.of(1_009L + name * 7_919L % 1_997 + point * 613L).over(Rational.of(1_013));
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private boolean take(String expected) {
    boolean there = text.startsWith(expected, at);
    if (there) {
      at += expected.length();
    }
    return there;
  }
}
