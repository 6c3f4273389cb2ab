package dev.parley.model.text.template;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** Variables, and the scope around them that is asked when a name is not here. */
final class Scope {
  /** Stands for a name that belongs to a scope and has no value yet. */
  static final Object UNBOUND = new Object();

  private final Scope parent;
  private final Map<String, Object> variables = new HashMap<>();

  /**
   * @param parent null for the outermost scope
   */
  Scope(Scope parent) {
    this.parent = parent;
  }

  /** A scope with names that have no value until they are set. */
  Scope(Scope parent, Set<String> unbound) {
    this(parent);
    hide(unbound);
  }

  void hide(Set<String> unbound) {
    unbound.forEach(name -> variables.put(name, UNBOUND));
  }

  /** Whether the name belongs to this very scope and has no value yet. */
  boolean isUnbound(String name) {
    return variables.get(name) == UNBOUND;
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  /** The value, or null if there is none. */
  Object get(String name) {
    for (Scope scope = this; scope != null; scope = scope.parent) {
      Object value = scope.variables.get(name);
      if (value != null) {
        return value == UNBOUND ? null : value;
      }
    }
    return null;
  }
}
