package dev.parley.model.text.template;

import java.math.BigInteger;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The values that a template computes with. Python's {@code str}, {@code int}, {@code float} and
 * {@code bool} are String, BigInteger, Double and Boolean; the other types are defined here. All
 * are immutable but for {@link Namespace}, the one thing that a sandboxed template may change.
 */
final class PyValues {
  private PyValues() {}

  /** Python's {@code None}. */
  enum None {
    NONE
  }

  /** A string that the filter {@code safe} marked: what is added to it gets escaped as HTML. */
  record Markup(String text) {}

  /**
   * A variable, attribute or element that does not exist. It prints as nothing, is false and empty,
   * and raises the error it describes when more is asked of it.
   */
  record Undefined(String message) {
    PyError error() {
      return new PyError(PyError.Kind.UNDEFINED, message);
    }

    // All undefined values are equal, as in Jinja2.
    @Override
    public boolean equals(Object other) {
      return other instanceof Undefined;
    }

    @Override
    public int hashCode() {
      return 0;
    }
  }

  /** What Python calls a sequence: it has a length and elements by index. */
  sealed interface Sequence permits PyList, PyTuple, Range {
    List<Object> items();
  }

  /** A list. Identity matters to {@code is sameas}, so this is no record. */
  static final class PyList implements Sequence {
    private final List<Object> items;

    PyList(List<Object> items) {
      this.items = items;
    }

    @Override
    public List<Object> items() {
      return items;
    }
  }

  static final class PyTuple implements Sequence {
    private final List<Object> items;

    PyTuple(List<Object> items) {
      this.items = items;
    }

    static PyTuple of(Object... items) {
      return new PyTuple(List.of(items));
    }

    @Override
    public List<Object> items() {
      return items;
    }
  }

  /** {@code range(start, stop, step)}. */
  record Range(BigInteger start, BigInteger stop, BigInteger step, int size) implements Sequence {
    @Override
    public List<Object> items() {
      return new AbstractList<>() {
        @Override
        public Object get(int index) {
          return start.add(step.multiply(BigInteger.valueOf(index)));
        }

        @Override
        public int size() {
          return size;
        }
      };
    }
  }

  /** A dictionary in insertion order, whose keys are equal as Python's are: 1, 1.0 and True are. */
  static final class Dict {
    private record Entry(Object key, Object value) {}

    private final Map<Object, Entry> entries = new LinkedHashMap<>();

    /**
     * @throws PyError if the key is of a type that cannot be one
     */
    void put(Object key, Object value) {
      Object hash = hashable(key);
      Entry before = entries.get(hash);
      entries.put(hash, new Entry(before == null ? key : before.key(), value));
    }

    /** The value, or null if there is none. */
    Object get(Object key) {
      Entry entry = entries.get(hashable(key));
      return entry == null ? null : entry.value();
    }

    int size() {
      return entries.size();
    }

    List<Object> keys() {
      List<Object> keys = new ArrayList<>(entries.size());
      entries.values().forEach(entry -> keys.add(entry.key()));
      return keys;
    }

    List<Object> values() {
      List<Object> values = new ArrayList<>(entries.size());
      entries.values().forEach(entry -> values.add(entry.value()));
      return values;
    }

    /** Tuples of key and value. */
    List<Object> items() {
      List<Object> items = new ArrayList<>(entries.size());
      entries.values().forEach(entry -> items.add(PyTuple.of(entry.key(), entry.value())));
      return items;
    }
  }

  /** {@code dict.keys()}, {@code .values()} or {@code .items()}. */
  record DictView(String name, Dict dict) {
    List<Object> elements() {
      return switch (name) {
        case "keys" -> dict.keys();
        case "values" -> dict.values();
        default -> dict.items();
      };
    }
  }

  /** A generator: its elements are computed as they are asked for, once. */
  static final class OneShot {
    private final Iterator<Object> elements;

    OneShot(Iterator<Object> elements) {
      this.elements = elements;
    }

    Iterator<Object> elements() {
      return elements;
    }
  }

  /** {@code namespace(…)}. */
  static final class Namespace {
    private final Dict attributes;

    Namespace(Dict attributes) {
      this.attributes = attributes;
      attributes.keys().forEach(Namespace::requirePublic);
    }

    Dict attributes() {
      return attributes;
    }

    void set(String name, Object value) {
      requirePublic(name);
      attributes.put(name, value);
    }

    private static void requirePublic(Object name) {
      if (name instanceof String text && text.startsWith("_")) {
        throw new PyError(
            PyError.Kind.SECURITY,
            "a namespace cannot hold '" + text + "'; use a name without the leading underscore");
      }
    }
  }

  /** A function, a method or a macro. */
  interface Callable {
    Object call(Arguments arguments);
  }

  /** A function or method of this engine. */
  record Function(String name, Callable body) implements Callable {
    @Override
    public Object call(Arguments arguments) {
      return body.call(arguments);
    }
  }

  /** An object with attributes and no data that a template could see otherwise. */
  interface HasAttributes {
    String typeName();

    /** The attribute, or null if there is none of this name. */
    Object attribute(String name);
  }

  /** A key that equals another exactly when Python's hash tables say so. */
  private static Object hashable(Object value) {
    if (value instanceof Boolean bool) {
      return bool ? BigInteger.ONE : BigInteger.ZERO;
    }
    if (value instanceof Double number && !number.isInfinite() && number == Math.rint(number)) {
      return new java.math.BigDecimal(number).toBigInteger();
    }
    if (value instanceof Markup markup) {
      return markup.text();
    }
    if (value instanceof PyTuple tuple) {
      List<Object> parts = new ArrayList<>(tuple.items().size());
      tuple.items().forEach(item -> parts.add(hashable(item)));
      return parts;
    }
    if (value instanceof PyList || value instanceof Dict || value instanceof DictView) {
      throw PyError.type("unhashable type: '" + PyObjects.typeName(value) + "'");
    }
    return value;
  }

  /**
   * A value of the caller as a value of the template: strings, numbers, booleans, null, and maps
   * and collections of these.
   */
  static Object fromJava(Object value) {
    if (value == null) {
      return None.NONE;
    }
    if (value instanceof CharSequence || value instanceof Character) {
      return value.toString();
    }
    if (value instanceof Integer
        || value instanceof Long
        || value instanceof Short
        || value instanceof Byte) {
      return BigInteger.valueOf(((Number) value).longValue());
    }
    if (value instanceof Float || value instanceof Double) {
      return ((Number) value).doubleValue();
    }
    if (value instanceof Boolean || value instanceof BigInteger) {
      return value;
    }
    if (value instanceof Map<?, ?> map) {
      Dict dict = new Dict();
      map.forEach((key, element) -> dict.put(fromJava(key), fromJava(element)));
      return dict;
    }
    if (value instanceof Collection<?> collection) {
      List<Object> items = new ArrayList<>(collection.size());
      collection.forEach(item -> items.add(fromJava(item)));
      return new PyList(items);
    }
    throw PyError.type(
        "a variable of type "
            + value.getClass().getName()
            + " cannot be used; pass strings, numbers, booleans, null, maps or collections");
  }

  static BigInteger integer(long value) {
    return BigInteger.valueOf(value);
  }
}
