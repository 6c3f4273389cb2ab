package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Sequence;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;

/** Arithmetic with Python's rules: integers have no bounds, division and remainder round down. */
final class PyOperators {
  /** Powers beyond this many bits are refused rather than computed. */
  private static final long MAX_POWER_BITS = 1 << 17;

  private final Budget budget;
  private final PyFormat format;

  PyOperators(Budget budget, PyFormat format) {
    this.budget = budget;
    this.format = format;
  }

  /**
   * @throws PyError if the operator is not defined for the two
   */
  Object apply(String operator, Object left, Object right) {
    if (left instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (operator.equals("%") && PyObjects.textOf(left) != null) {
      return format.percent(left, right);
    }
    if (right instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object result =
        PyObjects.isNumber(left) && PyObjects.isNumber(right)
            ? numbers(operator, left, right)
            : sequences(operator, left, right);
    if (result == null) {
      throw PyError.type(
          "unsupported operand type(s) for "
              + operator
              + ": '"
              + PyObjects.typeName(left)
              + "' and '"
              + PyObjects.typeName(right)
              + "'");
    }
    return result;
  }

  Object negate(Object operand) {
    return signed(operand, true);
  }

  Object plus(Object operand) {
    return signed(operand, false);
  }

  private static Object signed(Object operand, boolean negative) {
    if (operand instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (operand instanceof Double number) {
      return negative ? -number : number;
    }
    BigInteger integer = PyObjects.integerOf(operand);
    if (integer == null) {
      throw PyError.type(
          "bad operand type for unary "
              + (negative ? "-" : "+")
              + ": '"
              + PyObjects.typeName(operand)
              + "'");
    }
    return negative ? integer.negate() : integer;
  }

  // ---- strings, lists and tuples ---------------------------------------------------------------

  private Object sequences(String operator, Object left, Object right) {
    if (operator.equals("+")) {
      return added(left, right);
    }
    if (operator.equals("*")) {
      BigInteger times = PyObjects.integerOf(right);
      return times != null
          ? repeated(left, right)
          : PyObjects.integerOf(left) != null ? repeated(right, left) : null;
    }
    return null;
  }

  private Object added(Object left, Object right) {
    String leftText = PyObjects.textOf(left);
    String rightText = PyObjects.textOf(right);
    if (leftText != null && rightText != null) {
      budget.characters((long) leftText.length() + rightText.length());
      if (left instanceof Markup || right instanceof Markup) {
        return new Markup(escaped(left).text() + escaped(right).text());
      }
      return leftText + rightText;
    }
    boolean lists = left instanceof PyList && right instanceof PyList;
    if (lists || left instanceof PyTuple && right instanceof PyTuple) {
      List<Object> items = new ArrayList<>(((Sequence) left).items());
      items.addAll(((Sequence) right).items());
      budget.elements(items.size());
      return lists ? new PyList(items) : new PyTuple(items);
    }
    if (leftText != null) {
      throw PyError.type(
          "can only concatenate str (not \""
              + PyObjects.typeName(right)
              + "\") to str; use ~ or the filter 'string'");
    }
    return null;
  }

  private Object repeated(Object value, Object count) {
    if (PyObjects.integerOf(count).bitLength() > 63) {
      throw new PyError(PyError.Kind.OVERFLOW, "cannot repeat a sequence that often");
    }
    int times = Math.max(0, PyObjects.index(count));
    String text = PyObjects.textOf(value);
    if (text != null) {
      budget.characters((long) text.length() * times);
      String result = text.isEmpty() ? "" : text.repeat(times);
      return value instanceof Markup ? new Markup(result) : result;
    }
    if (!(value instanceof PyList) && !(value instanceof PyTuple)) {
      return null;
    }
    List<Object> once = ((Sequence) value).items();
    budget.elements((long) once.size() * times);
    List<Object> items = new ArrayList<>(once.size() * times);
    for (int i = 0; i < times && !once.isEmpty(); i++) {
      items.addAll(once);
    }
    return value instanceof PyList ? new PyList(items) : new PyTuple(items);
  }

  /** A string as it is joined to marked text. */
  static Markup escaped(Object value) {
    return value instanceof Markup markup
        ? markup
        : new Markup(PyStrings.escapeHtml((String) value));
  }

  // ---- numbers -------------------------------------------------------------------------------

  private static Object numbers(String operator, Object left, Object right) {
    if (left instanceof Double || right instanceof Double) {
      return floats(operator, toDouble(left), toDouble(right));
    }
    return integers(operator, PyObjects.integerOf(left), PyObjects.integerOf(right));
  }

  private static Object integers(String operator, BigInteger left, BigInteger right) {
    return switch (operator) {
      case "+" -> left.add(right);
      case "-" -> left.subtract(right);
      case "*" -> left.multiply(right);
      case "**" -> power(left, right);
      default -> {
        requireNonZero(right.signum() != 0);
        yield switch (operator) {
          case "/" -> quotient(left, right);
          case "//" -> floorDivide(left, right);
          default -> left.subtract(floorDivide(left, right).multiply(right));
        };
      }
    };
  }

  private static BigInteger floorDivide(BigInteger left, BigInteger right) {
    BigInteger[] parts = left.divideAndRemainder(right);
    boolean down = parts[1].signum() != 0 && parts[1].signum() != right.signum();
    return down ? parts[0].subtract(BigInteger.ONE) : parts[0];
  }

  private static double quotient(BigInteger left, BigInteger right) {
    double result =
        left.bitLength() <= 53 && right.bitLength() <= 53
            ? left.doubleValue() / right.doubleValue()
            : new BigDecimal(left).divide(new BigDecimal(right), new MathContext(60)).doubleValue();
    return finite(result, "the quotient is too large for a float");
  }

  private static Object power(BigInteger base, BigInteger exponent) {
    if (exponent.signum() < 0) {
      requireNonZero(base.signum() != 0);
      return floats("**", base.doubleValue(), exponent.doubleValue());
    }
    if (base.abs().compareTo(BigInteger.ONE) <= 0) {
      return base.signum() < 0 && !exponent.testBit(0) || exponent.signum() == 0
          ? BigInteger.ONE
          : base;
    }
    BigInteger bits = exponent.multiply(BigInteger.valueOf(base.bitLength()));
    if (bits.compareTo(BigInteger.valueOf(MAX_POWER_BITS)) > 0) {
      throw new PyError(PyError.Kind.LIMIT, "a power of more than " + MAX_POWER_BITS + " bits");
    }
    return base.pow(exponent.intValue());
  }

  private static Object floats(String operator, double left, double right) {
    return switch (operator) {
      case "+" -> left + right;
      case "-" -> left - right;
      case "*" -> left * right;
      case "**" -> power(left, right);
      default -> {
        requireNonZero(right != 0);
        yield switch (operator) {
          case "/" -> left / right;
          case "//" -> floorDivide(left, right);
          default -> modulo(left, right);
        };
      }
    };
  }

  /** CPython's float_divmod. */
  private static double modulo(double left, double right) {
    double remainder = left % right;
    if (remainder == 0) {
      return Math.copySign(0.0, right);
    }
    return remainder < 0 == right < 0 ? remainder : remainder + right;
  }

  private static double floorDivide(double left, double right) {
    double remainder = left % right;
    double quotient = (left - remainder) / right;
    if (remainder != 0 && remainder < 0 != right < 0) {
      quotient -= 1;
    }
    if (quotient == 0) {
      return Math.copySign(0.0, left / right);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  private static double power(double base, double exponent) {
    if (base == 0 && exponent < 0) {
      requireNonZero(false);
    }
    if (base < 0 && !Double.isInfinite(exponent) && exponent != Math.rint(exponent)) {
      throw PyError.unsupported("a root of a negative number is complex, which is not supported");
    }
    if (base == 1 || base == -1 && Double.isInfinite(exponent)) {
      return 1;
    }
    double result = Math.pow(base, exponent);
    return Double.isInfinite(base) || Double.isInfinite(exponent)
        ? result
        : finite(result, "the power is too large for a float");
  }

  static double toDouble(Object number) {
    return number instanceof Double value
        ? value
        : finite(PyObjects.integerOf(number).doubleValue(), "int too large to convert to float");
  }

  private static double finite(double value, String message) {
    if (Double.isInfinite(value)) {
      throw new PyError(PyError.Kind.OVERFLOW, message);
    }
    return value;
  }

  private static void requireNonZero(boolean nonZero) {
    if (!nonZero) {
      throw new PyError(PyError.Kind.ZERO_DIVISION, "division by zero");
    }
  }
}
