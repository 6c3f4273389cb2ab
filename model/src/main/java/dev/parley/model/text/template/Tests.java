package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Sequence;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigInteger;
import java.util.Set;
import java.util.TreeSet;

/** Jinja2's tests: what may follow {@code is}. */
final class Tests {
  /** A test with its arguments. */
  interface Bound {
    boolean passes(Object value);
  }

  private static final Set<String> WITHOUT_ARGUMENT =
      Set.of(
          "boolean",
          "callable",
          "defined",
          "escaped",
          "even",
          "false",
          "filter",
          "float",
          "integer",
          "iterable",
          "lower",
          "mapping",
          "none",
          "number",
          "odd",
          "sequence",
          "string",
          "test",
          "true",
          "undefined",
          "upper");

  private static final Set<String> WITH_ARGUMENT =
      Set.of(
          "divisibleby",
          "in",
          "sameas",
          "==",
          "eq",
          "equalto",
          "!=",
          "ne",
          "<",
          "lt",
          "lessthan",
          "<=",
          "le",
          ">",
          "gt",
          "greaterthan",
          ">=",
          "ge");

  private static final BigInteger TWO = BigInteger.TWO;

  private final PyObjects objects;
  private final PyText text;
  private final PyOperators operators;

  Tests(PyObjects objects, PyText text, PyOperators operators) {
    this.objects = objects;
    this.text = text;
    this.operators = operators;
  }

  static boolean has(String name) {
    return WITHOUT_ARGUMENT.contains(name) || WITH_ARGUMENT.contains(name);
  }

  static Set<String> names() {
    Set<String> names = new TreeSet<>(WITHOUT_ARGUMENT);
    names.addAll(WITH_ARGUMENT);
    return names;
  }

  /** {@code value is name(arguments)}. */
  boolean apply(String name, Object value, Arguments arguments) {
    if (WITHOUT_ARGUMENT.contains(name)) {
      arguments.bind(name, 0);
      return passes(name, value);
    }
    if (WITH_ARGUMENT.contains(name)) {
      return passes(name, value, arguments.bind(name, 1, parameter(name))[0]);
    }
    throw new PyError(PyError.Kind.RUNTIME, "no test is named '" + name + "'");
  }

  private static String parameter(String name) {
    return switch (name) {
      case "divisibleby" -> "num";
      case "in" -> "seq";
      default -> "other";
    };
  }

  private boolean passes(String name, Object value) {
    return switch (name) {
      case "boolean" -> value instanceof Boolean;
      case "callable" -> objects.isCallable(value);
      case "defined" -> !(value instanceof Undefined);
      case "escaped" -> value instanceof Markup;
      case "even" -> remainderIs(value, TWO, BigInteger.ZERO);
      case "false" -> Boolean.FALSE.equals(value);
      case "filter" -> isName(value, Filters.names());
      case "float" -> value instanceof Double;
      case "integer" -> value instanceof BigInteger;
      case "iterable" -> objects.isIterable(value);
      case "lower" -> StringMethods.isLower(text.str(value));
      case "mapping" -> value instanceof Dict;
      case "none" -> value instanceof None;
      case "number" -> PyObjects.isNumber(value);
      case "odd" -> remainderIs(value, TWO, BigInteger.ONE);
      case "sequence" -> isSequence(value);
      case "string" -> PyObjects.textOf(value) != null;
      case "test" -> isName(value, names());
      case "true" -> Boolean.TRUE.equals(value);
      case "undefined" -> value instanceof Undefined;
      case "upper" -> StringMethods.isUpper(text.str(value));
      default -> throw new IllegalStateException(name);
    };
  }

  private boolean passes(String name, Object value, Object argument) {
    return switch (name) {
      case "divisibleby" -> remainderIs(value, argument, BigInteger.ZERO);
      case "in" -> objects.contains(argument, value);
      case "sameas" -> isSame(value, argument);
      case "==", "eq", "equalto" -> objects.equal(value, argument);
      case "!=", "ne" -> !objects.equal(value, argument);
      case "<", "lt", "lessthan" -> objects.ordered("<", value, argument);
      case "<=", "le" -> objects.ordered("<=", value, argument);
      case ">", "gt", "greaterthan" -> objects.ordered(">", value, argument);
      case ">=", "ge" -> objects.ordered(">=", value, argument);
      default -> throw new IllegalStateException(name);
    };
  }

  private boolean remainderIs(Object value, Object divisor, BigInteger expected) {
    return objects.equal(operators.apply("%", value, divisor), expected);
  }

  private static boolean isName(Object value, Set<String> names) {
    if (value instanceof PyList || value instanceof Dict) {
      throw PyError.type("unhashable type: '" + PyObjects.typeName(value) + "'");
    }
    String name = PyObjects.textOf(value);
    return name != null && names.contains(name);
  }

  private static boolean isSequence(Object value) {
    return PyObjects.textOf(value) != null
        || value instanceof Sequence
        || value instanceof Dict
        || value instanceof Undefined;
  }

  /** Python's {@code is}, where it does not depend on how CPython keeps equal values in memory. */
  private static boolean isSame(Object value, Object other) {
    if (value instanceof BigInteger && other instanceof BigInteger
        || value instanceof Double && other instanceof Double
        || PyObjects.textOf(value) != null && PyObjects.textOf(other) != null
        || value instanceof PyTuple && other instanceof PyTuple) {
      throw PyError.unsupported(
          "'sameas' on two "
              + PyObjects.typeName(value)
              + " values depends on Python's memory; compare them with ==");
    }
    return value == other || value instanceof Boolean && value.equals(other);
  }
}
