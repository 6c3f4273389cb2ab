package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Callable;
import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.Function;
import dev.parley.model.text.template.PyValues.HasAttributes;
import dev.parley.model.text.template.PyValues.Namespace;
import dev.parley.model.text.template.PyValues.None;
import dev.parley.model.text.template.PyValues.Range;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigInteger;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.Iterator;
import java.util.List;

/** The functions that every template can call. */
final class Globals {
  /** The sandbox's limit on the length of a range. */
  private static final BigInteger MAX_RANGE = BigInteger.valueOf(100_000);

  private final PyObjects objects;
  private final PyText text;
  private final Clock clock;

  Globals(PyObjects objects, PyText text, Clock clock) {
    this.objects = objects;
    this.text = text;
    this.clock = clock;
  }

  /** The outermost scope. */
  Scope scope() {
    Scope scope = new Scope(null);
    scope.set("range", new Function("range", Globals::range));
    scope.set("dict", new DictFunction(objects));
    scope.set("namespace", new Function("namespace", a -> new Namespace(dict(a, objects))));
    scope.set("cycler", new Function("cycler", Cycler::new));
    scope.set("joiner", new Function("joiner", Joiner::new));
    scope.set("raise_exception", new Function("raise_exception", this::raise));
    scope.set("strftime_now", new Function("strftime_now", this::now));
    return scope;
  }

  private Object raise(Arguments arguments) {
    Object message = arguments.bind("raise_exception", 1, "message")[0];
    throw new PyError(PyError.Kind.RAISED, text.str(message));
  }

  private Object now(Arguments arguments) {
    String format = PyObjects.textOf(arguments.bind("strftime_now", 1, "format")[0]);
    if (format == null) {
      throw PyError.type("strftime_now() needs a str");
    }
    return Strftime.format(ZonedDateTime.now(clock), format);
  }

  private static Object range(Arguments arguments) {
    Object[] values = arguments.bindUnnamed("range", 1, 3);
    BigInteger[] bounds = new BigInteger[3];
    for (int i = 0; i < 3; i++) {
      if (values[i] instanceof Undefined undefined) {
        throw PyError.type("range() needs integers, and " + undefined.message());
      }
      bounds[i] = PyObjects.integerOf(values[i]);
      if (values[i] != null && bounds[i] == null) {
        throw PyError.type("range() needs integers, not " + PyObjects.typeName(values[i]));
      }
    }
    BigInteger start = bounds[1] == null ? BigInteger.ZERO : bounds[0];
    BigInteger stop = bounds[1] == null ? bounds[0] : bounds[1];
    BigInteger step = bounds[2] == null ? BigInteger.ONE : bounds[2];
    if (step.signum() == 0) {
      throw PyError.value("range() arg 3 must not be zero");
    }
    BigInteger distance = stop.subtract(start).multiply(BigInteger.valueOf(step.signum()));
    BigInteger size = BigInteger.ZERO;
    if (distance.signum() > 0) {
      size = distance.subtract(BigInteger.ONE).divide(step.abs()).add(BigInteger.ONE);
    }
    if (size.compareTo(MAX_RANGE) > 0) {
      throw new PyError(
          PyError.Kind.OVERFLOW, "range() of more than " + MAX_RANGE + " elements is not allowed");
    }
    return new Range(start, stop, step, size.intValue());
  }

  /** {@code dict(mapping or pairs, name=value…)}. */
  private static Dict dict(Arguments arguments, PyObjects objects) {
    if (arguments.positional().size() > 1) {
      throw PyError.type("dict() takes at most 1 positional argument");
    }
    Dict dict = new Dict();
    if (!arguments.positional().isEmpty()) {
      Object source = arguments.positional().get(0);
      if (source instanceof Dict other) {
        dict = Attributes.copy(other);
      } else if (source instanceof Undefined undefined) {
        throw undefined.error();
      } else {
        for (Iterator<Object> pairs = objects.iterate(source); pairs.hasNext(); ) {
          List<Object> pair = objects.list(pairs.next());
          if (pair.size() != 2) {
            throw PyError.value("dict() needs pairs, not " + pair.size() + " elements");
          }
          dict.put(pair.get(0), pair.get(1));
        }
      }
    }
    arguments.keywords().forEach(dict::put);
    return dict;
  }

  static Function fromKeys(PyObjects objects) {
    return new Function(
        "fromkeys",
        arguments -> {
          Object[] values = arguments.bindUnnamed("fromkeys", 1, 2);
          Dict dict = new Dict();
          Object value = values[1] == null ? None.NONE : values[1];
          objects.iterate(values[0]).forEachRemaining(key -> dict.put(key, value));
          return dict;
        });
  }

  private record DictFunction(PyObjects objects) implements Callable, HasAttributes {
    @Override
    public Object call(Arguments arguments) {
      return dict(arguments, objects);
    }

    @Override
    public String typeName() {
      return "TemplateDict";
    }

    @Override
    public Object attribute(String name) {
      return name.equals("fromkeys") ? fromKeys(objects) : null;
    }
  }

  /** {@code cycler(a, b)}: {@code next()} gives the values in turn. */
  private static final class Cycler implements HasAttributes {
    private final List<Object> items;
    private int position;

    Cycler(Arguments arguments) {
      if (!arguments.keywords().isEmpty()) {
        throw PyError.type("cycler() takes no keyword arguments");
      }
      if (arguments.positional().isEmpty()) {
        throw new PyError(PyError.Kind.RUNTIME, "at least one item has to be provided");
      }
      items = arguments.positional();
    }

    @Override
    public String typeName() {
      return "Cycler";
    }

    @Override
    public Object attribute(String name) {
      return switch (name) {
        case "current" -> items.get(position);
        case "next" -> new Function(name, this::next);
        case "reset" -> new Function(name, this::reset);
        default -> null;
      };
    }

    private Object next(Arguments arguments) {
      arguments.bindUnnamed("next", 0, 0);
      Object item = items.get(position);
      position = (position + 1) % items.size();
      return item;
    }

    private Object reset(Arguments arguments) {
      arguments.bindUnnamed("reset", 0, 0);
      position = 0;
      return None.NONE;
    }
  }

  /** {@code joiner(separator)}: nothing at the first call, then the separator. */
  private static final class Joiner implements Callable, HasAttributes {
    private final Object separator;
    private boolean used;

    Joiner(Arguments arguments) {
      Object given = arguments.bind("joiner", 0, "sep")[0];
      separator = given == null ? ", " : given;
    }

    @Override
    public Object call(Arguments arguments) {
      arguments.bindUnnamed("joiner", 0, 0);
      boolean first = !used;
      used = true;
      return first ? "" : separator;
    }

    @Override
    public String typeName() {
      return "Joiner";
    }

    @Override
    public Object attribute(String name) {
      return switch (name) {
        case "sep" -> separator;
        case "used" -> used;
        default -> null;
      };
    }
  }
}
