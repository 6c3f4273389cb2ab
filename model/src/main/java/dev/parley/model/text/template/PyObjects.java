package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Callable;
import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.DictView;
import dev.parley.model.text.template.PyValues.Function;
import dev.parley.model.text.template.PyValues.HasAttributes;
import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.OneShot;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Range;
import dev.parley.model.text.template.PyValues.Sequence;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;

/** What can be asked of any value: its type, truth, length, elements, equality and order. */
final class PyObjects {
  /** The result of comparing with a NaN; no comparison of two values gives it. */
  private static final int UNORDERED = Integer.MIN_VALUE;

  private final Budget budget;

  PyObjects(Budget budget) {
    this.budget = budget;
  }

  static String typeName(Object value) {
    if (value instanceof String) {
      return "str";
    } else if (value instanceof BigInteger) {
      return "int";
    } else if (value instanceof Double) {
      return "float";
    } else if (value instanceof Boolean) {
      return "bool";
    } else if (value instanceof None) {
      return "NoneType";
    } else if (value instanceof PyList) {
      return "list";
    } else if (value instanceof PyTuple) {
      return "tuple";
    } else if (value instanceof Dict) {
      return "dict";
    } else if (value instanceof Range) {
      return "range";
    } else if (value instanceof DictView view) {
      return "dict_" + view.name();
    } else if (value instanceof OneShot) {
      return "generator";
    } else if (value instanceof Function) {
      return "function";
    } else if (value instanceof HasAttributes object) {
      return object.typeName();
    }
    return value.getClass().getSimpleName();
  }

  static boolean isNumber(Object value) {
    return value instanceof BigInteger || value instanceof Double || value instanceof Boolean;
  }

  /** The text of a string, marked or not, or null for any other value. */
  static String textOf(Object value) {
    if (value instanceof String text) {
      return text;
    }
    return value instanceof Markup markup ? markup.text() : null;
  }

  /** The value of an int or bool, or null for any other value. */
  static BigInteger integerOf(Object value) {
    if (value instanceof BigInteger integer) {
      return integer;
    }
    if (value instanceof Boolean bool) {
      return bool ? BigInteger.ONE : BigInteger.ZERO;
    }
    return null;
  }

  /**
   * An int that fits Java's, clamped if it does not.
   *
   * @throws PyError if the value is no int
   */
  static int index(Object value) {
    BigInteger integer = integerOf(value);
    if (integer == null) {
      throw PyError.type("'" + typeName(value) + "' object cannot be interpreted as an integer");
    }
    return integer.bitLength() < 32
        ? integer.intValue()
        : integer.signum() < 0 ? Integer.MIN_VALUE : Integer.MAX_VALUE;
  }

  boolean truth(Object value) {
    if (value instanceof Boolean bool) {
      return bool;
    }
    if (value instanceof None || value instanceof Undefined) {
      return false;
    }
    if (value instanceof BigInteger integer) {
      return integer.signum() != 0;
    }
    if (value instanceof Double number) {
      return number != 0;
    }
    int length = lengthOrMinusOne(value);
    return length != 0;
  }

  /**
   * @throws PyError if the value has no length
   */
  int length(Object value) {
    int length = lengthOrMinusOne(value);
    if (length < 0) {
      throw PyError.type("object of type '" + typeName(value) + "' has no len()");
    }
    return length;
  }

  boolean hasLength(Object value) {
    return lengthOrMinusOne(value) >= 0;
  }

  private int lengthOrMinusOne(Object value) {
    String text = textOf(value);
    if (text != null) {
      return PyStrings.length(text);
    } else if (value instanceof Sequence sequence) {
      return sequence.items().size();
    } else if (value instanceof Dict dict) {
      return dict.size();
    } else if (value instanceof DictView view) {
      return view.dict().size();
    } else if (value instanceof Undefined) {
      return 0;
    } else if (value instanceof Loop loop) {
      return loop.length();
    }
    return -1;
  }

  boolean isIterable(Object value) {
    return textOf(value) != null
        || value instanceof Sequence
        || value instanceof Dict
        || value instanceof DictView
        || value instanceof OneShot
        || value instanceof Undefined
        || value instanceof Loop;
  }

  boolean isCallable(Object value) {
    return value instanceof Callable || value instanceof Undefined;
  }

  /**
   * The elements in order. A generator is used up by this.
   *
   * @throws PyError if the value is not iterable
   */
  Iterator<Object> iterate(Object value) {
    Iterator<Object> elements = elements(value);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return elements.hasNext();
      }

      @Override
      public Object next() {
        budget.step();
        return elements.next();
      }
    };
  }

  private Iterator<Object> elements(Object value) {
    String text = textOf(value);
    if (text != null) {
      return PyStrings.characters(text).iterator();
    } else if (value instanceof Sequence sequence) {
      return sequence.items().iterator();
    } else if (value instanceof Dict dict) {
      return dict.keys().iterator();
    } else if (value instanceof DictView view) {
      return view.elements().iterator();
    } else if (value instanceof OneShot generator) {
      return generator.elements();
    } else if (value instanceof Undefined) {
      return Collections.emptyIterator();
    } else if (value instanceof Loop) {
      throw PyError.unsupported("iterating over 'loop' is not supported");
    }
    throw PyError.type("'" + typeName(value) + "' object is not iterable");
  }

  /** All elements; the list is new and may be changed. */
  List<Object> list(Object value) {
    List<Object> items = new ArrayList<>();
    iterate(value).forEachRemaining(items::add);
    return items;
  }

  /** {@code item in container}. */
  boolean contains(Object container, Object item) {
    String text = textOf(container);
    if (text != null) {
      if (textOf(item) == null) {
        throw PyError.type("'in <string>' requires string as left operand, not " + typeName(item));
      }
      budget.steps(text.length() / 64);
      return text.contains(textOf(item));
    }
    if (container instanceof Dict dict) {
      return dict.get(item) != null;
    }
    if (container instanceof DictView view && view.name().equals("keys")) {
      return view.dict().get(item) != null;
    }
    if (!isIterable(container)) {
      throw PyError.type("argument of type '" + typeName(container) + "' is not iterable");
    }
    Iterator<Object> elements = iterate(container);
    while (elements.hasNext()) {
      if (sameOrEqual(elements.next(), item)) {
        return true;
      }
    }
    return false;
  }

  private boolean sameOrEqual(Object left, Object right) {
    return left == right || equal(left, right);
  }

  /** {@code left == right}. */
  boolean equal(Object left, Object right) {
    budget.step();
    if (isNumber(left) && isNumber(right)) {
      return compareNumbers(left, right) == 0;
    }
    String leftText = textOf(left);
    if (leftText != null) {
      return leftText.equals(textOf(right));
    }
    if (left instanceof PyList && right instanceof PyList
        || left instanceof PyTuple && right instanceof PyTuple
        || left instanceof Range && right instanceof Range) {
      List<Object> leftItems = ((Sequence) left).items();
      List<Object> rightItems = ((Sequence) right).items();
      return leftItems.size() == rightItems.size()
          && firstDifference(leftItems, rightItems) == leftItems.size();
    }
    if (left instanceof Dict leftDict && right instanceof Dict rightDict) {
      return equalDicts(leftDict, rightDict);
    }
    if (left instanceof DictView && right instanceof DictView && left != right) {
      throw PyError.unsupported("comparing views of dictionaries is not supported; add |list");
    }
    if (left instanceof Undefined) {
      return right instanceof Undefined;
    }
    return left == right;
  }

  private boolean equalDicts(Dict left, Dict right) {
    if (left.size() != right.size()) {
      return false;
    }
    for (Object key : left.keys()) {
      Object other = right.get(key);
      if (other == null || !sameOrEqual(left.get(key), other)) {
        return false;
      }
    }
    return true;
  }

  private int firstDifference(List<Object> left, List<Object> right) {
    int length = Math.min(left.size(), right.size());
    for (int i = 0; i < length; i++) {
      if (!sameOrEqual(left.get(i), right.get(i))) {
        return i;
      }
    }
    return length;
  }

  /**
   * {@code left operator right} for one of {@code < <= > >=}.
   *
   * @throws PyError if the two have no order
   */
  boolean ordered(String operator, Object left, Object right) {
    budget.step();
    if (left instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (right instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (isNumber(left) && isNumber(right)) {
      return holds(operator, compareNumbers(left, right));
    }
    if (textOf(left) != null && textOf(right) != null) {
      return holds(operator, PyStrings.compare(textOf(left), textOf(right)));
    }
    if (left instanceof PyList && right instanceof PyList
        || left instanceof PyTuple && right instanceof PyTuple) {
      List<Object> leftItems = ((Sequence) left).items();
      List<Object> rightItems = ((Sequence) right).items();
      int index = firstDifference(leftItems, rightItems);
      if (index < leftItems.size() && index < rightItems.size()) {
        return ordered(operator, leftItems.get(index), rightItems.get(index));
      }
      return holds(operator, Integer.compare(leftItems.size(), rightItems.size()));
    }
    throw PyError.type(
        "'"
            + operator
            + "' not supported between instances of '"
            + typeName(left)
            + "' and '"
            + typeName(right)
            + "'");
  }

  private static boolean holds(String operator, int comparison) {
    if (comparison == UNORDERED) {
      return false;
    }
    return switch (operator) {
      case "<" -> comparison < 0;
      case "<=" -> comparison <= 0;
      case ">" -> comparison > 0;
      default -> comparison >= 0;
    };
  }

  /** Negative, zero or positive as for compareTo, or {@link #UNORDERED} if one is not a number. */
  private static int compareNumbers(Object left, Object right) {
    if (left instanceof Double a && right instanceof Double b) {
      return a < b ? -1 : a > b ? 1 : a.doubleValue() == b.doubleValue() ? 0 : UNORDERED;
    }
    if (left instanceof Double a) {
      int reversed = compareNumbers(right, a);
      return reversed == UNORDERED ? UNORDERED : -reversed;
    }
    BigInteger a = integerOf(left);
    if (right instanceof Double b) {
      if (b.isNaN()) {
        return UNORDERED;
      }
      return b.isInfinite() ? (b > 0 ? -1 : 1) : new BigDecimal(a).compareTo(new BigDecimal(b));
    }
    return a.compareTo(integerOf(right));
  }

  /** {@code sorted(items, reverse=…)} of elements that are compared by their keys. */
  List<Object> sorted(List<Object> items, List<Object> keys, boolean reverse) {
    List<Integer> order = new ArrayList<>(items.size());
    for (int i = 0; i < items.size(); i++) {
      order.add(i);
    }
    order.sort(
        (a, b) -> {
          Object left = keys.get(reverse ? b : a);
          Object right = keys.get(reverse ? a : b);
          return ordered("<", left, right) ? -1 : ordered("<", right, left) ? 1 : 0;
        });
    List<Object> sorted = new ArrayList<>(items.size());
    order.forEach(index -> sorted.add(items.get(index)));
    return sorted;
  }
}
