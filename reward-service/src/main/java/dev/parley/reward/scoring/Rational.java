package dev.parley.reward.scoring;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.Optional;

/**
 * A fraction in lowest terms, or one near to an irrational number.
 *
 * @param numerator with the sign
 * @param denominator more than 0
 * @param exact whether it is the number itself; if not, it is right to about {@value #DIGITS}
 *     digits
 */
record Rational(BigInteger numerator, BigInteger denominator, boolean exact) {

  /** Digits of numbers that are not fractions. */
  static final int DIGITS = 60;

  static final Rational PI =
      near(
          new BigDecimal("3.14159265358979323846264338327950288419716939937510582097494459230782"));

  private static final BigInteger TOLERANCE = BigInteger.TEN.pow(40);
  private static final int MOST_BITS = 20_000;
  private static final int LARGEST_EXPONENT = 1_000;

  Rational {
    if (denominator.signum() == 0) {
      throw new ArithmeticException("division by zero");
    }
    BigInteger divisor = numerator.gcd(denominator);
    if (denominator.signum() < 0) {
      divisor = divisor.negate();
    }
    numerator = numerator.divide(divisor);
    denominator = denominator.divide(divisor);
    if (numerator.bitLength() + denominator.bitLength() > MOST_BITS) {
      throw new ArithmeticException("the number is too long");
    }
  }

  static Rational of(long value) {
    return new Rational(BigInteger.valueOf(value), BigInteger.ONE, true);
  }

  /**
   * Reads a decimal number such as {@code -1.5} or {@code 2e-3}.
   *
   * @throws ArithmeticException if it is not one, or too large or small to be written out
   */
  static Rational parse(String digits) {
    BigDecimal value;
    try {
      value = new BigDecimal(digits);
    } catch (NumberFormatException e) {
      throw new ArithmeticException("no number: " + digits);
    }
    if (Math.abs((long) value.scale()) > LARGEST_EXPONENT) {
      throw new ArithmeticException("the exponent is too large");
    }
    return of(value, true);
  }

  private static Rational near(BigDecimal value) {
    return of(value, false);
  }

  private static Rational of(BigDecimal value, boolean exact) {
    BigInteger unscaled = value.unscaledValue();
    return value.scale() >= 0
        ? new Rational(unscaled, BigInteger.TEN.pow(value.scale()), exact)
        : new Rational(
            unscaled.multiply(BigInteger.TEN.pow(-value.scale())), BigInteger.ONE, exact);
  }

  Rational plus(Rational other) {
    return new Rational(
        numerator.multiply(other.denominator).add(other.numerator.multiply(denominator)),
        denominator.multiply(other.denominator),
        exact && other.exact);
  }

  Rational negate() {
    return new Rational(numerator.negate(), denominator, exact);
  }

  Rational times(Rational other) {
    return new Rational(
        numerator.multiply(other.numerator),
        denominator.multiply(other.denominator),
        exact && other.exact);
  }

  /**
   * Divides.
   *
   * @throws ArithmeticException if the other is 0
   */
  Rational over(Rational other) {
    return new Rational(
        numerator.multiply(other.denominator),
        denominator.multiply(other.numerator),
        exact && other.exact);
  }

  /**
   * Raises to a whole power, or to a half of one.
   *
   * @throws ArithmeticException if the exponent is another or too large
   */
  Rational power(Rational exponent) {
    BigInteger two = BigInteger.TWO;
    if (exponent.exact && exponent.denominator.equals(two)) {
      return root().power(new Rational(exponent.numerator, BigInteger.ONE, true));
    }
    if (!exponent.exact
        || !exponent.denominator.equals(BigInteger.ONE)
        || exponent.numerator.bitLength() > 10) {
      throw new ArithmeticException("the exponent is not a small whole number");
    }
    int power = exponent.numerator.intValueExact();
    long bits = Math.max(numerator.bitLength(), denominator.bitLength());
    if (bits * Math.abs((long) power) > MOST_BITS) {
      throw new ArithmeticException("the power is too large");
    }
    return power >= 0
        ? new Rational(numerator.pow(power), denominator.pow(power), exact)
        : new Rational(denominator.pow(-power), numerator.pow(-power), exact);
  }

  /**
   * Takes the square root: exactly, if it is a fraction.
   *
   * @throws ArithmeticException if there is none
   */
  Rational root() {
    if (numerator.signum() < 0) {
      throw new ArithmeticException("the root of a negative number");
    }
    BigInteger[] above = numerator.sqrtAndRemainder();
    BigInteger[] below = denominator.sqrtAndRemainder();
    if (above[1].signum() == 0 && below[1].signum() == 0) {
      return new Rational(above[0], below[0], exact);
    }
    MathContext digits = new MathContext(DIGITS);
    return near(new BigDecimal(numerator).divide(new BigDecimal(denominator), digits).sqrt(digits));
  }

  /** Returns n!, of a whole number up to 200. */
  Rational factorial() {
    if (!exact
        || !denominator.equals(BigInteger.ONE)
        || numerator.signum() < 0
        || numerator.bitLength() > 7) {
      throw new ArithmeticException("no factorial");
    }
    BigInteger product = BigInteger.ONE;
    for (int i = 2; i <= numerator.intValueExact(); i++) {
      product = product.multiply(BigInteger.valueOf(i));
    }
    return new Rational(product, BigInteger.ONE, true);
  }

  boolean isZero() {
    return numerator.signum() == 0;
  }

  /** Whether two are the same number: exactly, or to 40 digits where one of them is not exact. */
  boolean same(Rational other) {
    if (exact && other.exact) {
      return numerator.equals(other.numerator) && denominator.equals(other.denominator);
    }
    BigInteger mine = numerator.multiply(other.denominator);
    BigInteger theirs = other.numerator.multiply(denominator);
    BigInteger distance = mine.subtract(theirs).abs().multiply(TOLERANCE);
    return distance.compareTo(mine.abs().max(theirs.abs())) <= 0;
  }

  /** Reads a number, or nothing if the text is not one. */
  static Optional<Rational> read(String digits) {
    try {
      return Optional.of(parse(digits));
    } catch (ArithmeticException e) {
      return Optional.empty();
    }
  }
}
