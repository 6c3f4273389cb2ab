package dev.parley.model.text.template;

import dev.parley.model.text.template.Node.And;
import dev.parley.model.text.template.Node.Arithmetic;
import dev.parley.model.text.template.Node.Attribute;
import dev.parley.model.text.template.Node.Body;
import dev.parley.model.text.template.Node.Branch;
import dev.parley.model.text.template.Node.Break;
import dev.parley.model.text.template.Node.Call;
import dev.parley.model.text.template.Node.CallArguments;
import dev.parley.model.text.template.Node.CallBlock;
import dev.parley.model.text.template.Node.Comparison;
import dev.parley.model.text.template.Node.Concatenation;
import dev.parley.model.text.template.Node.Conditional;
import dev.parley.model.text.template.Node.Constant;
import dev.parley.model.text.template.Node.Continue;
import dev.parley.model.text.template.Node.DictLiteral;
import dev.parley.model.text.template.Node.Expression;
import dev.parley.model.text.template.Node.Filter;
import dev.parley.model.text.template.Node.FilterBlock;
import dev.parley.model.text.template.Node.For;
import dev.parley.model.text.template.Node.Generation;
import dev.parley.model.text.template.Node.If;
import dev.parley.model.text.template.Node.Keyword;
import dev.parley.model.text.template.Node.ListLiteral;
import dev.parley.model.text.template.Node.MacroDefinition;
import dev.parley.model.text.template.Node.Name;
import dev.parley.model.text.template.Node.NameTarget;
import dev.parley.model.text.template.Node.NamespaceTarget;
import dev.parley.model.text.template.Node.Not;
import dev.parley.model.text.template.Node.Operand;
import dev.parley.model.text.template.Node.Or;
import dev.parley.model.text.template.Node.Parameter;
import dev.parley.model.text.template.Node.Print;
import dev.parley.model.text.template.Node.Set;
import dev.parley.model.text.template.Node.SetBlock;
import dev.parley.model.text.template.Node.Sign;
import dev.parley.model.text.template.Node.Slice;
import dev.parley.model.text.template.Node.Statement;
import dev.parley.model.text.template.Node.Subscript;
import dev.parley.model.text.template.Node.Target;
import dev.parley.model.text.template.Node.Test;
import dev.parley.model.text.template.Node.Text;
import dev.parley.model.text.template.Node.TupleLiteral;
import dev.parley.model.text.template.Node.TupleTarget;
import dev.parley.model.text.template.Node.With;
import dev.parley.model.text.template.PyValues.Callable;
import dev.parley.model.text.template.PyValues.Dict;
import dev.parley.model.text.template.PyValues.Namespace;
import dev.parley.model.text.template.PyValues.PyList;
import dev.parley.model.text.template.PyValues.PyTuple;
import dev.parley.model.text.template.PyValues.Undefined;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;

/** Runs a syntax tree once: statements print, expressions have values. */
final class Interpreter {
  /** How a statement ended: normally, or leaving the loop around it. */
  private enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  private final Budget budget = new Budget();
  private final PyObjects objects = new PyObjects(budget);
  private final PyText text = new PyText(budget);
  private final PyFormat format = new PyFormat(budget, text);
  private final PyOperators operators = new PyOperators(budget, format);
  private final Attributes attributes = new Attributes(budget, objects, text, format);
  private final Tests tests = new Tests(objects, text, operators);
  private final Filters filters =
      new Filters(budget, objects, text, operators, format, attributes, tests);
  private final Globals globals;

  private StringBuilder out = new StringBuilder();
  private final List<Rendered.Region> generated = new ArrayList<>();
  private int line = 1;

  /** How much of the output is counted, in UTF-16 units, and how many code points that is. */
  private int counted;

  private int codePoints;

  Interpreter(Clock clock) {
    globals = new Globals(objects, text, clock);
  }

  Rendered run(Body template, Map<String, ?> variables) {
    Scope scope = globals.scope();
    try {
      variables.forEach((name, value) -> scope.set(name, PyValues.fromJava(value)));
    } catch (PyError e) {
      throw new TemplateException(line, e);
    }
    execute(template.statements(), new Scope(scope, template.names().hidden()));
    return new Rendered(out.toString(), generated);
  }

  /** The line of the last statement that was started. */
  int line() {
    return line;
  }

  // ---- statements ----------------------------------------------------------------------------

  private Flow execute(List<Statement> statements, Scope scope) {
    for (Statement statement : statements) {
      Flow flow = execute(statement, scope);
      if (flow != Flow.NEXT) {
        return flow;
      }
    }
    return Flow.NEXT;
  }

  private Flow execute(Statement statement, Scope scope) {
    line = statement.line();
    try {
      budget.step();
      if (statement instanceof Text data) {
        print(data.text());
      } else if (statement instanceof Print print) {
        print(text.str(evaluate(print.value(), scope)));
      } else if (statement instanceof If branches) {
        return executeIf(branches, scope);
      } else if (statement instanceof For loop) {
        return executeFor(loop, scope);
      } else if (statement instanceof Set set) {
        assign(set.target(), evaluate(set.value(), scope), scope);
      } else if (statement instanceof SetBlock set) {
        return executeSetBlock(set, scope);
      } else if (statement instanceof MacroDefinition macro) {
        Macro value =
            new Macro(macro.name(), macro.signature(), macro.body(), scope, this::runMacro);
        scope.set(macro.name(), value);
      } else if (statement instanceof CallBlock block) {
        executeCallBlock(block, scope);
      } else if (statement instanceof FilterBlock block) {
        return executeFilterBlock(block, scope);
      } else if (statement instanceof With with) {
        return executeWith(with, scope);
      } else if (statement instanceof Generation generation) {
        executeGeneration(generation, scope);
      } else if (statement instanceof Break) {
        return Flow.BREAK;
      } else if (statement instanceof Continue) {
        return Flow.CONTINUE;
      }
      return Flow.NEXT;
    } catch (PyError e) {
      throw new TemplateException(statement.line(), e);
    }
  }

  private void print(String printed) {
    budget.characters(printed.length());
    out.append(printed);
  }

  private Flow executeIf(If branches, Scope scope) {
    for (Branch branch : branches.branches()) {
      if (isTrue(branch.test(), scope)) {
        return execute(branch.statements(), scope);
      }
    }
    return execute(branches.otherwise(), scope);
  }

  private Flow executeFor(For loop, Scope scope) {
    Object iterable = evaluate(loop.iterable(), scope);
    Iterator<Object> elements = objects.iterate(iterable);
    int length = objects.hasLength(iterable) ? objects.length(iterable) : -1;
    if (loop.test().isPresent()) {
      elements = new Selected(elements, loop.target(), loop.test().get(), scope);
      length = -1;
    }
    Loop state = new Loop(objects, elements, length);
    boolean completed = false;
    while (state.advance()) {
      Scope inner = new Scope(scope, loop.body().names().hidden());
      assign(loop.target(), state.current(), inner);
      inner.set("loop", state);
      Flow flow = execute(loop.body().statements(), inner);
      if (flow == Flow.BREAK) {
        break;
      }
      completed |= flow == Flow.NEXT;
    }
    // Jinja2 runs the else block unless the body was run to its end at least once.
    if (!completed && loop.otherwise().isPresent()) {
      Body otherwise = loop.otherwise().get();
      return execute(otherwise.statements(), new Scope(scope, otherwise.names().hidden()));
    }
    return Flow.NEXT;
  }

  /** The elements for which a loop's test is true, found one by one as the loop goes on. */
  private final class Selected implements Iterator<Object> {
    private final Iterator<Object> elements;
    private final Target target;
    private final Expression test;
    private final Scope scope;
    private Object next;

    Selected(Iterator<Object> elements, Target target, Expression test, Scope scope) {
      this.elements = elements;
      this.target = target;
      this.test = test;
      this.scope = scope;
    }

    @Override
    public boolean hasNext() {
      while (next == null && elements.hasNext()) {
        Object element = elements.next();
        Scope inner = new Scope(scope);
        assign(target, element, inner);
        if (isTrue(test, inner)) {
          next = element;
        }
      }
      return next != null;
    }

    @Override
    public Object next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Object element = next;
      next = null;
      return element;
    }
  }

  /** A block whose text is kept; a loop may be left from inside, and then the text is dropped. */
  private record Captured(String text, Flow flow) {}

  private Captured capture(List<Statement> statements, Scope scope) {
    StringBuilder outer = out;
    out = new StringBuilder();
    try {
      Flow flow = execute(statements, scope);
      return new Captured(out.toString(), flow);
    } finally {
      out = outer;
    }
  }

  private Flow executeSetBlock(SetBlock set, Scope scope) {
    Scope inner = new Scope(scope, set.body().names().hidden());
    Captured captured = capture(set.body().statements(), inner);
    if (captured.flow() == Flow.NEXT) {
      assign(set.target(), filtered(captured.text(), set.filters(), inner), scope);
    }
    return captured.flow();
  }

  private Flow executeFilterBlock(FilterBlock block, Scope scope) {
    Scope inner = new Scope(scope, block.body().names().hidden());
    Captured captured = capture(block.body().statements(), inner);
    if (captured.flow() == Flow.NEXT) {
      printString(filtered(captured.text(), block.filters(), inner));
    }
    return captured.flow();
  }

  /** Prints what a block came to, which has to be text already. */
  private void printString(Object value) {
    String printed = PyObjects.textOf(value);
    if (printed == null) {
      throw PyError.type(
          "the block gives a " + PyObjects.typeName(value) + " where text is needed");
    }
    print(printed);
  }

  private Object filtered(Object value, List<Filter> chain, Scope scope) {
    Object result = value;
    for (Filter filter : chain) {
      result = filters.apply(filter.name(), result, arguments(filter.arguments(), scope));
    }
    return result;
  }

  private void executeCallBlock(CallBlock block, Scope scope) {
    Macro caller = new Macro(null, block.signature(), block.body(), scope, this::runMacro);
    Object callee = evaluate(block.call().callee(), scope);
    Arguments given = arguments(block.call().arguments(), scope);
    Map<String, Object> keywords = new LinkedHashMap<>(given.keywords());
    if (keywords.put("caller", caller) != null) {
      throw PyError.type("{% call %} gives the argument 'caller' itself");
    }
    printString(call(callee, new Arguments(given.positional(), keywords)));
  }

  private String runMacro(Macro macro, Scope scope) {
    for (Parameter parameter : macro.signature().parameters()) {
      if (scope.isUnbound(parameter.name())) {
        Object value =
            parameter
                .defaultValue()
                .map(expression -> evaluate(expression, scope))
                .orElseGet(
                    () -> new Undefined("parameter '" + parameter.name() + "' was not provided"));
        scope.set(parameter.name(), value);
      }
    }
    scope.hide(macro.body().names().hidden());
    return capture(macro.body().statements(), scope).text();
  }

  private Flow executeWith(With with, Scope scope) {
    Scope inner = new Scope(scope, with.body().names().hidden());
    for (int i = 0; i < with.targets().size(); i++) {
      assign(with.targets().get(i), evaluate(with.values().get(i), scope), inner);
    }
    return execute(with.body().statements(), inner);
  }

  private void executeGeneration(Generation generation, Scope scope) {
    Scope inner = new Scope(scope, generation.body().names().hidden());
    String printed = capture(generation.body().statements(), inner).text();
    codePoints += Character.codePointCount(out, counted, out.length());
    counted = out.length();
    generated.add(new Rendered.Region(codePoints, codePoints + PyStrings.length(printed)));
    out.append(printed);
  }

  private void assign(Target target, Object value, Scope scope) {
    if (target instanceof NameTarget name) {
      scope.set(name.name(), value);
    } else if (target instanceof NamespaceTarget attribute) {
      if (!(variable(attribute.namespace(), scope) instanceof Namespace namespace)) {
        throw new PyError(
            PyError.Kind.RUNTIME,
            "'"
                + attribute.namespace()
                + "' is no namespace: only a namespace's attributes can be set");
      }
      namespace.set(attribute.attribute(), value);
    } else if (target instanceof TupleTarget tuple) {
      List<Object> parts = objects.list(value);
      if (parts.size() != tuple.targets().size()) {
        throw PyError.value(
            parts.size() + " values for the " + tuple.targets().size() + " names on the left");
      }
      for (int i = 0; i < parts.size(); i++) {
        assign(tuple.targets().get(i), parts.get(i), scope);
      }
    }
  }

  // ---- expressions ---------------------------------------------------------------------------

  private boolean isTrue(Expression expression, Scope scope) {
    return objects.truth(evaluate(expression, scope));
  }

  private Object evaluate(Expression expression, Scope scope) {
    try {
      budget.step();
      return value(expression, scope);
    } catch (PyError e) {
      throw new TemplateException(expression.line(), e);
    }
  }

  private Object value(Expression expression, Scope scope) {
    if (expression instanceof Constant constant) {
      return constant.value();
    } else if (expression instanceof Name name) {
      return variable(name.name(), scope);
    } else if (expression instanceof Attribute attribute) {
      return attributes.attribute(evaluate(attribute.object(), scope), attribute.name());
    } else if (expression instanceof Subscript subscript) {
      Object object = evaluate(subscript.object(), scope);
      return attributes.element(object, evaluate(subscript.index(), scope));
    } else if (expression instanceof Slice slice) {
      return slice(slice, scope);
    } else if (expression instanceof Call call) {
      Object callee = evaluate(call.callee(), scope);
      return call(callee, arguments(call.arguments(), scope));
    } else if (expression instanceof Filter filter) {
      Object input = evaluate(filter.input().orElseThrow(), scope);
      return filters.apply(filter.name(), input, arguments(filter.arguments(), scope));
    } else if (expression instanceof Test test) {
      Object input = evaluate(test.input(), scope);
      return tests.apply(test.name(), input, arguments(test.arguments(), scope));
    } else if (expression instanceof Not not) {
      return !isTrue(not.operand(), scope);
    } else if (expression instanceof And and) {
      Object left = evaluate(and.left(), scope);
      return objects.truth(left) ? evaluate(and.right(), scope) : left;
    } else if (expression instanceof Or or) {
      Object left = evaluate(or.left(), scope);
      return objects.truth(left) ? left : evaluate(or.right(), scope);
    } else if (expression instanceof Comparison comparison) {
      return compare(comparison, scope);
    } else if (expression instanceof Arithmetic arithmetic) {
      Object left = evaluate(arithmetic.left(), scope);
      return operators.apply(arithmetic.operator(), left, evaluate(arithmetic.right(), scope));
    } else if (expression instanceof Sign sign) {
      Object operand = evaluate(sign.operand(), scope);
      return sign.sign() == '-' ? operators.negate(operand) : operators.plus(operand);
    } else if (expression instanceof Concatenation concatenation) {
      return concatenate(concatenation, scope);
    } else if (expression instanceof Conditional conditional) {
      return choose(conditional, scope);
    } else if (expression instanceof ListLiteral list) {
      return new PyList(all(list.items(), scope));
    } else if (expression instanceof TupleLiteral tuple) {
      return new PyTuple(all(tuple.items(), scope));
    } else if (expression instanceof DictLiteral dict) {
      return dict(dict, scope);
    }
    throw new IllegalStateException("no rule for " + expression);
  }

  private Object variable(String name, Scope scope) {
    Object value = scope.get(name);
    return value == null ? new Undefined("'" + name + "' is undefined") : value;
  }

  private Object slice(Slice slice, Scope scope) {
    Object object = evaluate(slice.object(), scope);
    Object start = evaluateOrNull(slice.start(), scope);
    Object stop = evaluateOrNull(slice.stop(), scope);
    return attributes.slice(object, start, stop, evaluateOrNull(slice.step(), scope));
  }

  private Object evaluateOrNull(Optional<Expression> expression, Scope scope) {
    return expression.isPresent() ? evaluate(expression.get(), scope) : null;
  }

  private Object call(Object callee, Arguments arguments) {
    if (callee instanceof Undefined undefined) {
      throw undefined.error();
    }
    if (!(callee instanceof Callable function)) {
      throw PyError.type("'" + PyObjects.typeName(callee) + "' object is not callable");
    }
    return function.call(arguments);
  }

  private Arguments arguments(CallArguments given, Scope scope) {
    List<Object> positional = all(given.positional(), scope);
    Map<String, Object> keywords = new LinkedHashMap<>();
    for (Keyword keyword : given.keywords()) {
      addKeyword(keywords, keyword.name(), evaluate(keyword.value(), scope));
    }
    if (given.spreadList().isPresent()) {
      positional.addAll(objects.list(evaluate(given.spreadList().get(), scope)));
    }
    if (given.spreadDict().isPresent()) {
      if (!(evaluate(given.spreadDict().get(), scope) instanceof Dict dict)) {
        throw PyError.type("the value after ** must be a mapping");
      }
      for (Object key : dict.keys()) {
        if (PyObjects.textOf(key) == null) {
          throw PyError.type("the keys of the mapping after ** must be strings");
        }
        addKeyword(keywords, PyObjects.textOf(key), dict.get(key));
      }
    }
    return new Arguments(positional, keywords);
  }

  private static void addKeyword(Map<String, Object> keywords, String name, Object value) {
    if (keywords.put(name, value) != null) {
      throw PyError.type("the argument '" + name + "' is given twice");
    }
  }

  private boolean compare(Comparison comparison, Scope scope) {
    Object left = evaluate(comparison.first(), scope);
    for (Operand operand : comparison.operands()) {
      Object right = evaluate(operand.value(), scope);
      boolean holds =
          switch (operand.operator()) {
            case "==" -> objects.equal(left, right);
            case "!=" -> !objects.equal(left, right);
            case "in" -> objects.contains(right, left);
            case "not in" -> !objects.contains(right, left);
            default -> objects.ordered(operand.operator(), left, right);
          };
      if (!holds) {
        return false;
      }
      left = right;
    }
    return true;
  }

  private String concatenate(Concatenation concatenation, Scope scope) {
    StringBuilder joined = new StringBuilder();
    for (Object part : all(concatenation.parts(), scope)) {
      joined.append(budget.made(text.str(part)));
    }
    return joined.toString();
  }

  private Object choose(Conditional conditional, Scope scope) {
    if (isTrue(conditional.test(), scope)) {
      return evaluate(conditional.value(), scope);
    }
    return conditional
        .otherwise()
        .map(otherwise -> evaluate(otherwise, scope))
        .orElseGet(
            () ->
                new Undefined(
                    "the inline if-expression on line "
                        + conditional.line()
                        + " evaluated to false and no else section was defined"));
  }

  private Dict dict(DictLiteral literal, Scope scope) {
    Dict dict = new Dict();
    for (int i = 0; i < literal.keys().size(); i++) {
      Object key = evaluate(literal.keys().get(i), scope);
      dict.put(key, evaluate(literal.values().get(i), scope));
    }
    return dict;
  }

  private List<Object> all(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>(expressions.size());
    for (Expression expression : expressions) {
      values.add(evaluate(expression, scope));
    }
    return values;
  }
}
