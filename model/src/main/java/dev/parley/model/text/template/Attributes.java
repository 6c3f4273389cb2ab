package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.DictView;
import dev.parley.model.text.template.PyValues.Function;
import dev.parley.model.text.template.PyValues.HasAttributes;
import dev.parley.model.text.template.PyValues.Markup;
import dev.parley.model.text.template.PyValues.Namespace;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.OneShot;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Range;
import dev.parley.model.text.template.PyValues.Sequence;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * {@code object.name}, {@code object[key]} and {@code object[a:b]}, as Jinja2's immutable sandbox
 * answers them: a dot looks for a method first and for an element second, brackets the other way
 * round; what would change a list or dictionary is undefined.
 */
final class Attributes implements PyFormat.Lookup {
  private static final Set<String> DICT_MUTATORS =
      Set.of("clear", "pop", "popitem", "setdefault", "update");
  private static final Set<String> LIST_MUTATORS =
      Set.of("append", "clear", "pop", "reverse", "insert", "sort", "extend", "remove");

  /** Methods that Python has and this engine has not. */
  private static final Map<String, Set<String>> UNSUPPORTED =
      Map.of(
          "str", Set.of("casefold", "encode", "isnumeric", "maketrans", "translate"),
          "int",
              Set.of(
                  "as_integer_ratio",
                  "bit_count",
                  "bit_length",
                  "conjugate",
                  "denominator",
                  "from_bytes",
                  "imag",
                  "numerator",
                  "real",
                  "to_bytes"),
          "float", Set.of("as_integer_ratio", "conjugate", "fromhex", "hex", "imag", "real"),
          "view", Set.of("isdisjoint", "mapping"),
          "generator",
              Set.of(
                  "send", "throw", "close", "gi_frame", "gi_code", "gi_running", "gi_yieldfrom"));

  private final Budget budget;
  private final PyObjects objects;
  private final StringMethods strings;

  Attributes(Budget budget, PyObjects objects, PyText text, PyFormat format) {
    this.budget = budget;
    this.objects = objects;
    this.strings = new StringMethods(budget, objects, text, format, this);
  }

  /** {@code object.name}. */
  @Override
  public Object attribute(Object object, String name) {
    if (object instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object found = find(object, name);
    if (found == null && object instanceof Dict dict) {
      found = dict.get(name);
    }
    return found != null ? found : missing(object, name);
  }

  /** {@code object[key]}. */
  @Override
  public Object element(Object object, Object key) {
    if (object instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object found = item(object, key);
    if (found == null && PyObjects.textOf(key) != null) {
      found = find(object, PyObjects.textOf(key));
    }
    return found != null ? found : missing(object, key);
  }

  /** The attribute proper, as the filter {@code attr} wants it. */
  Object attributeOnly(Object object, String name) {
    if (object instanceof Undefined undefined) {
      throw undefined.error();
    }
    Object found = find(object, name);
    return found != null ? found : missing(object, name);
  }

  private static Undefined missing(Object object, Object key) {
    String text = PyObjects.textOf(key);
    String type = PyObjects.typeName(object);
    return new Undefined(
        text == null
            ? "a " + type + " has no element " + (key instanceof BigInteger ? key : "of this key")
            : "'" + type + "' has no attribute or key '" + text + "'");
  }

  /** The element, or null where Python would raise a TypeError or LookupError. */
  private Object item(Object object, Object key) {
    if (object instanceof Dict dict) {
      try {
        return dict.get(key);
      } catch (PyError e) {
        return null;
      }
    }
    BigInteger index = PyObjects.integerOf(key);
    if (index == null) {
      return null;
    }
    String text = PyObjects.textOf(object);
    if (text != null) {
      int at = position(index, PyStrings.length(text));
      return at < 0 ? null : marked(object, PyStrings.substring(text, at, at + 1));
    }
    if (object instanceof Sequence sequence) {
      int at = position(index, sequence.items().size());
      return at < 0 ? null : sequence.items().get(at);
    }
    return null;
  }

  /** The index counted from the start, or -1 if there is no such element. */
  private static int position(BigInteger index, int length) {
    int at = PyObjects.index(index);
    if (at < 0) {
      at = at + length;
    }
    return at < 0 || at >= length ? -1 : at;
  }

  /** {@code object[start:stop:step]}; null for a bound that is left out. */
  Object slice(Object object, Object start, Object stop, Object step) {
    if (object instanceof Undefined undefined) {
      throw undefined.error();
    }
    String text = PyObjects.textOf(object);
    if (text == null && !(object instanceof Sequence)) {
      throw PyError.type("'" + PyObjects.typeName(object) + "' object cannot be sliced");
    }
    int stride = step == null || step instanceof None ? 1 : PyObjects.index(step);
    if (stride == 0) {
      throw PyError.value("slice step cannot be zero");
    }
    List<Object> items = text != null ? PyStrings.characters(text) : ((Sequence) object).items();
    int length = items.size();
    int first = bound(start, length, stride, stride > 0 ? 0 : length - 1);
    int end = bound(stop, length, stride, stride > 0 ? length : -1);
    List<Object> picked = new ArrayList<>();
    for (long i = first; stride > 0 ? i < end : i > end; i += stride) {
      picked.add(items.get((int) i));
    }
    budget.elements(picked.size());
    if (text != null) {
      StringBuilder joined = new StringBuilder(picked.size());
      picked.forEach(joined::append);
      return marked(object, joined.toString());
    }
    if (object instanceof Range range) {
      BigInteger newStep = range.step().multiply(BigInteger.valueOf(stride));
      BigInteger from = range.start().add(range.step().multiply(BigInteger.valueOf(first)));
      BigInteger to = range.start().add(range.step().multiply(BigInteger.valueOf(end)));
      return new Range(from, to, newStep, picked.size());
    }
    return object instanceof PyList ? new PyList(picked) : new PyTuple(picked);
  }

  /** A slice's bound, clamped as Python's slice.indices does. */
  private static int bound(Object bound, int length, int stride, int absent) {
    if (bound == null || bound instanceof None) {
      return absent;
    }
    if (bound instanceof Undefined undefined) {
      throw PyError.type("a slice needs integers, and " + undefined.message());
    }
    long at = PyObjects.index(bound);
    if (at < 0) {
      at += length;
    }
    int lowest = stride > 0 ? 0 : -1;
    int highest = stride > 0 ? length : length - 1;
    return (int) Math.max(lowest, Math.min(highest, at));
  }

  private static Object marked(Object like, String text) {
    return like instanceof Markup ? new Markup(text) : text;
  }

  /** The method or attribute, undefined if the sandbox forbids it, or null if there is none. */
  private Object find(Object object, String name) {
    if (object instanceof Namespace namespace) {
      return namespace.attributes().get(name);
    }
    if (name.startsWith("_")) {
      return null;
    }
    if (object instanceof HasAttributes other) {
      return other.attribute(name);
    }
    if (PyObjects.textOf(object) != null) {
      refuse("str", name);
      return strings.method(object, name);
    }
    if (object instanceof Dict dict) {
      return DICT_MUTATORS.contains(name) ? forbidden("dict", name) : dictMethod(dict, name);
    }
    if (object instanceof PyList list && LIST_MUTATORS.contains(name)) {
      return forbidden("list", name);
    }
    if (object instanceof PyList list && name.equals("copy")) {
      return function(name, 0, values -> new PyList(list.items()));
    }
    if (object instanceof Sequence sequence) {
      return sequenceAttribute(sequence, name);
    }
    if (object instanceof Double number) {
      refuse("float", name);
      return name.equals("is_integer")
          ? function(name, 0, values -> !number.isInfinite() && number == Math.rint(number))
          : null;
    }
    if (PyObjects.isNumber(object)) {
      refuse("int", name);
    } else if (object instanceof DictView) {
      refuse("view", name);
    } else if (object instanceof OneShot) {
      refuse("generator", name);
    }
    return null;
  }

  private static Undefined forbidden(String type, String name) {
    return new Undefined(
        "access to attribute '"
            + name
            + "' of '"
            + type
            + "' object is unsafe: it would change it");
  }

  private static void refuse(String type, String name) {
    if (UNSUPPORTED.get(type).contains(name)) {
      throw PyError.unsupported("the attribute '" + name + "' of a " + type + " is not supported");
    }
  }

  private Object dictMethod(Dict dict, String name) {
    return switch (name) {
      case "get" ->
          new Function(
              name,
              arguments -> {
                Object[] values = arguments.bindUnnamed("get", 1, 2);
                Object found = dict.get(values[0]);
                return found != null ? found : values[1] != null ? values[1] : None.NONE;
              });
      case "keys", "values", "items" -> function(name, 0, values -> new DictView(name, dict));
      case "copy" -> function(name, 0, values -> copy(dict));
      case "fromkeys" -> Globals.fromKeys(objects);
      default -> null;
    };
  }

  static Dict copy(Dict dict) {
    Dict copy = new Dict();
    List<Object> values = dict.values();
    List<Object> keys = dict.keys();
    for (int i = 0; i < keys.size(); i++) {
      copy.put(keys.get(i), values.get(i));
    }
    return copy;
  }

  private Object sequenceAttribute(Sequence sequence, String name) {
    if (sequence instanceof Range range) {
      switch (name) {
        case "start":
          return range.start();
        case "stop":
          return range.stop();
        case "step":
          return range.step();
        default:
          break;
      }
    }
    return switch (name) {
      case "count" ->
          function(
              name,
              1,
              values -> {
                long count =
                    sequence.items().stream()
                        .filter(item -> item == values[0] || objects.equal(item, values[0]))
                        .count();
                return BigInteger.valueOf(count);
              });
      case "index" -> new Function(name, arguments -> index(sequence, arguments));
      default -> null;
    };
  }

  private Object index(Sequence sequence, Arguments arguments) {
    int bounds = sequence instanceof Range ? 1 : 3;
    Object[] values = arguments.bindUnnamed("index", 1, bounds);
    List<Object> items = sequence.items();
    int from = bounds == 1 ? 0 : bound(values[1], items.size(), 1, 0);
    int to = bounds == 1 ? items.size() : bound(values[2], items.size(), 1, items.size());
    for (int i = from; i < to; i++) {
      if (items.get(i) == values[0] || objects.equal(items.get(i), values[0])) {
        return BigInteger.valueOf(i);
      }
    }
    throw PyError.value("index(): the value is not there");
  }

  private interface Body {
    Object call(Object[] values);
  }

  private static Function function(String name, int parameters, Body body) {
    return new Function(
        name, arguments -> body.call(arguments.bindUnnamed(name, parameters, parameters)));
  }
}
