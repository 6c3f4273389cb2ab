package dev.parley.model.text.template;

import java.util.ArrayList;
import java.util.List;

/** Which names the parser has met, scope by scope. */
final class Mentions {
  private record Special(String name, boolean read) {}

  private Names scope = new Names(null);

  /** Every mention of a name that macros treat specially, in the order of the source. */
  private final List<Special> specials = new ArrayList<>();

  Names scope() {
    return scope;
  }

  void enterScope() {
    scope = new Names(scope);
  }

  /** Back to the scope around this one, which is returned. */
  Names leaveScope() {
    Names left = scope;
    scope = left.parent();
    return left;
  }

  void reenterScope(Names left) {
    scope = left;
  }

  void read(String name) {
    scope.read(name);
    mentionSpecial(name, true);
  }

  void set(String name) {
    scope.set(name);
    mentionSpecial(name, false);
  }

  void parameter(String name) {
    scope.parameter(name);
    mentionSpecial(name, false);
  }

  private void mentionSpecial(String name, boolean read) {
    if (name.equals("caller") || name.equals("kwargs") || name.equals("varargs")) {
      specials.add(new Special(name, read));
    }
  }

  /** A place to ask {@link #readsUnset} from. */
  int here() {
    return specials.size();
  }

  /** Whether the first mention of {@code caller}, {@code kwargs} or {@code varargs} reads it. */
  boolean readsUnset(String name, int since) {
    return specials.subList(since, specials.size()).stream()
        .filter(mention -> mention.name().equals(name))
        .findFirst()
        .map(Special::read)
        .orElse(false);
  }
}
