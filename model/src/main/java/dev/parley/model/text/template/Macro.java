package dev.parley.model.text.template;

import dev.parley.model.text.template.Node.Body;
import dev.parley.model.text.template.Node.Parameter;
import dev.parley.model.text.template.Node.Signature;
import dev.parley.model.text.template.PyValues.Callable;
import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.HasAttributes;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Undefined;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A macro, or the body of a call block, with the scope that it was defined in. */
final class Macro implements Callable, HasAttributes {
  /** Runs a body and returns what it printed. */
  interface Runner {
    String run(Macro macro, Scope scope);
  }

  private final String name;
  private final Signature signature;
  private final Body body;
  private final Scope definedIn;
  private final Runner runner;

  /**
   * @param name null for the body of a call block
   */
  Macro(String name, Signature signature, Body body, Scope definedIn, Runner runner) {
    this.name = name;
    this.signature = signature;
    this.body = body;
    this.definedIn = definedIn;
    this.runner = runner;
  }

  String name() {
    return name;
  }

  Signature signature() {
    return signature;
  }

  Body body() {
    return body;
  }

  @Override
  public String typeName() {
    return "Macro";
  }

  @Override
  public Object attribute(String attribute) {
    return switch (attribute) {
      case "name" -> name == null ? PyValues.None.NONE : name;
      case "arguments" ->
          new PyTuple(signature.parameters().stream().map(p -> (Object) p.name()).toList());
      case "catch_kwargs" -> signature.usesKwargs();
      case "catch_varargs" -> signature.usesVarargs();
      case "caller" -> signature.usesCaller();
      case "explicit_caller" -> hasParameter("caller");
      default -> null;
    };
  }

  /**
   * Binds values to parameters. What a parameter lacks is left to its default, which the runner
   * computes inside the macro's scope.
   */
  @Override
  public Object call(Arguments arguments) {
    Scope scope = new Scope(definedIn);
    List<Parameter> parameters = signature.parameters();
    List<Object> positional = arguments.positional();
    Map<String, Object> keywords = new LinkedHashMap<>(arguments.keywords());
    for (int i = 0; i < parameters.size(); i++) {
      String parameter = parameters.get(i).name();
      Object value = i < positional.size() ? positional.get(i) : keywords.remove(parameter);
      scope.set(parameter, value == null ? Scope.UNBOUND : value);
    }
    if (signature.usesCaller() && !hasParameter("caller")) {
      Object caller = keywords.remove("caller");
      boolean none = caller == null || caller instanceof PyValues.None;
      scope.set("caller", none ? new Undefined("No caller defined") : caller);
    }
    if (signature.usesKwargs()) {
      Dict rest = new Dict();
      keywords.forEach(rest::put);
      scope.set("kwargs", rest);
    } else if (!keywords.isEmpty()) {
      throw PyError.type(
          describe() + " has no argument '" + keywords.keySet().iterator().next() + "'");
    }
    if (signature.usesVarargs()) {
      int used = Math.min(parameters.size(), positional.size());
      scope.set("varargs", new PyTuple(positional.subList(used, positional.size())));
    } else if (positional.size() > parameters.size()) {
      throw PyError.type(describe() + " takes not more than " + parameters.size() + " argument(s)");
    }
    return runner.run(this, scope);
  }

  private boolean hasParameter(String parameter) {
    return signature.parameters().stream().anyMatch(p -> p.name().equals(parameter));
  }

  private String describe() {
    return name == null ? "the body of {% call %}" : "macro '" + name + "'";
  }
}
