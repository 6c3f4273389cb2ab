package dev.parley.model.text.template;

import dev.parley.model.text.template.PyValues.Function;
import dev.parley.model.text.template.PyValues.HasAttributes;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Undefined;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * The variable {@code loop}. It looks no further ahead than it is asked to, since the test of a
 * loop may depend on what the body did before.
 */
final class Loop implements HasAttributes {
  private final PyObjects objects;
  private Iterator<Object> rest;
  private int knownLength;
  private int index = -1;
  private Object previous;
  private Object current;
  private Object peeked;
  private PyTuple lastChanged;

  /**
   * @param knownLength the number of elements, or -1 if only going through them tells
   */
  Loop(PyObjects objects, Iterator<Object> elements, int knownLength) {
    this.objects = objects;
    this.rest = elements;
    this.knownLength = knownLength;
  }

  /** Moves to the next element; false at the end. */
  boolean advance() {
    if (peek() == null) {
      return false;
    }
    index++;
    previous = current;
    current = peeked;
    peeked = null;
    return true;
  }

  Object current() {
    return current;
  }

  private Object peek() {
    if (peeked == null && rest.hasNext()) {
      peeked = rest.next();
    }
    return peeked;
  }

  int index() {
    return index + 1;
  }

  int length() {
    if (knownLength < 0) {
      List<Object> remaining = new ArrayList<>();
      rest.forEachRemaining(remaining::add);
      rest = remaining.iterator();
      knownLength = remaining.size() + index + 1 + (peeked == null ? 0 : 1);
    }
    return knownLength;
  }

  @Override
  public String typeName() {
    return "LoopContext";
  }

  @Override
  public Object attribute(String name) {
    return switch (name) {
      case "index" -> BigInteger.valueOf(index + 1);
      case "index0" -> BigInteger.valueOf(index);
      case "revindex" -> BigInteger.valueOf((long) length() - index);
      case "revindex0" -> BigInteger.valueOf((long) length() - index - 1);
      case "first" -> index == 0;
      case "last" -> peek() == null;
      case "length" -> BigInteger.valueOf(length());
      case "depth" -> BigInteger.ONE;
      case "depth0" -> BigInteger.ZERO;
      case "previtem" -> index == 0 ? new Undefined("there is no previous item") : previous;
      case "nextitem" -> peek() == null ? new Undefined("there is no next item") : peeked;
      case "cycle" -> new Function(name, this::cycle);
      case "changed" -> new Function(name, this::changed);
      default -> null;
    };
  }

  private Object cycle(Arguments arguments) {
    List<Object> values = arguments.positional();
    if (values.isEmpty() || !arguments.keywords().isEmpty()) {
      throw PyError.type("cycle() needs the values to go through");
    }
    return values.get(index % values.size());
  }

  private Object changed(Arguments arguments) {
    if (!arguments.keywords().isEmpty()) {
      throw PyError.type("changed() takes no keyword arguments");
    }
    PyTuple values = new PyTuple(arguments.positional());
    boolean same = lastChanged != null && objects.equal(lastChanged, values);
    lastChanged = values;
    return !same;
  }
}
