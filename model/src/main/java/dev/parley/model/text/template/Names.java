package dev.parley.model.text.template;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The names that one scope of a template mentions. Jinja2 binds names before it runs: a name that a
 * scope sets, before it has read it and outside of any {@code if}, belongs to that scope from the
 * start. Whoever reads it too early (a loop above the assignment, say) sees an undefined value, not
 * the variable of the same name that was passed in. An enclosing scope that mentions the name takes
 * precedence over this rule.
 */
final class Names {
  private enum First {
    SET,
    OTHER
  }

  private final Names parent;
  private final Map<String, First> mentions = new HashMap<>();
  private int branchDepth;
  private Set<String> hidden;

  Names(Names parent) {
    this.parent = parent;
  }

  Names parent() {
    return parent;
  }

  void read(String name) {
    mentions.putIfAbsent(name, First.OTHER);
  }

  void set(String name) {
    mentions.putIfAbsent(name, branchDepth == 0 ? First.SET : First.OTHER);
  }

  /** A loop's target or a macro's parameter: always bound when the scope is entered. */
  void parameter(String name) {
    mentions.put(name, First.OTHER);
  }

  void enterBranch() {
    branchDepth++;
  }

  void leaveBranch() {
    branchDepth--;
  }

  /** The names that start out undefined in this scope. Valid once the template is parsed. */
  Set<String> hidden() {
    if (hidden == null) {
      Set<String> found = new HashSet<>();
      mentions.forEach(
          (name, first) -> {
            if (first == First.SET && (parent == null || !parent.mentions(name))) {
              found.add(name);
            }
          });
      hidden = Set.copyOf(found);
    }
    return hidden;
  }

  private boolean mentions(String name) {
    return mentions.containsKey(name) || parent != null && parent.mentions(name);
  }
}
