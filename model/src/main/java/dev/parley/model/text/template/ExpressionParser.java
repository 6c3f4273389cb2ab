package dev.parley.model.text.template;

import dev.parley.model.text.template.Lexer.Kind;
import dev.parley.model.text.template.Lexer.Token;
import dev.parley.model.text.template.Node.And;
import dev.parley.model.text.template.Node.Arithmetic;
import dev.parley.model.text.template.Node.Attribute;
import dev.parley.model.text.template.Node.Call;
import dev.parley.model.text.template.Node.CallArguments;
import dev.parley.model.text.template.Node.Comparison;
import dev.parley.model.text.template.Node.Concatenation;
import dev.parley.model.text.template.Node.Conditional;
import dev.parley.model.text.template.Node.Constant;
import dev.parley.model.text.template.Node.DictLiteral;
import dev.parley.model.text.template.Node.Expression;
import dev.parley.model.text.template.Node.Filter;
import dev.parley.model.text.template.Node.Keyword;
import dev.parley.model.text.template.Node.ListLiteral;
import dev.parley.model.text.template.Node.Name;
import dev.parley.model.text.template.Node.Not;
import dev.parley.model.text.template.Node.Operand;
import dev.parley.model.text.template.Node.Or;
import dev.parley.model.text.template.Node.Sign;
import dev.parley.model.text.template.Node.Slice;
import dev.parley.model.text.template.Node.Subscript;
import dev.parley.model.text.template.Node.Test;
import dev.parley.model.text.template.Node.TupleLiteral;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Expressions, by recursive descent from the loosest binding to the tightest. */
final class ExpressionParser {
  private static final List<String> REFUSED_NAMES = List.of("self", "lipsum");

  private final Tokens tokens;
  private final Mentions mentions;

  ExpressionParser(Tokens tokens, Mentions mentions) {
    this.tokens = tokens;
    this.mentions = mentions;
  }

  /** One expression, or a tuple when a comma follows it. */
  Expression tuple(boolean conditionals, String... ends) {
    int line = tokens.peek().line();
    List<Expression> items = new ArrayList<>();
    boolean tuple = false;
    while (!tokens.endsTuple(ends)) {
      items.add(expression(conditionals));
      if (!tokens.takeIfOperator(",")) {
        break;
      }
      tuple = true;
    }
    if (tuple) {
      return new TupleLiteral(line, items);
    }
    if (items.isEmpty()) {
      throw Tokens.error(
          tokens.peek(), "expected an expression, found " + tokens.peek().describe());
    }
    return items.get(0);
  }

  Expression expression(boolean conditionals) {
    return conditionals ? conditional() : or();
  }

  private Expression conditional() {
    int line = tokens.peek().line();
    Expression value = or();
    while (tokens.takeIfName("if")) {
      Expression test = or();
      Optional<Expression> otherwise =
          tokens.takeIfName("else") ? Optional.of(conditional()) : Optional.empty();
      value = new Conditional(line, test, value, otherwise);
      line = tokens.peek().line();
    }
    return value;
  }

  private Expression or() {
    Expression left = and();
    while (tokens.peek().isName("or")) {
      int line = tokens.take().line();
      left = new Or(line, left, and());
    }
    return left;
  }

  private Expression and() {
    Expression left = not();
    while (tokens.peek().isName("and")) {
      int line = tokens.take().line();
      left = new And(line, left, not());
    }
    return left;
  }

  private Expression not() {
    if (tokens.peek().isName("not")) {
      int line = tokens.take().line();
      return new Not(line, not());
    }
    return comparison();
  }

  private Expression comparison() {
    int line = tokens.peek().line();
    Expression first = sum();
    List<Operand> operands = new ArrayList<>();
    while (true) {
      Token token = tokens.peek();
      if (token.is(Kind.OPERATOR)
          && List.of("==", "!=", "<", "<=", ">", ">=").contains(token.text())) {
        tokens.take();
        operands.add(new Operand(token.text(), sum()));
      } else if (tokens.takeIfName("in")) {
        operands.add(new Operand("in", sum()));
      } else if (token.isName("not") && tokens.peekSecond().isName("in")) {
        tokens.take();
        tokens.take();
        operands.add(new Operand("not in", sum()));
      } else {
        return operands.isEmpty() ? first : new Comparison(line, first, operands);
      }
    }
  }

  private Expression sum() {
    Expression left = concatenation();
    while (tokens.peek().isOperator("+") || tokens.peek().isOperator("-")) {
      Token operator = tokens.take();
      left = new Arithmetic(operator.line(), operator.text(), left, concatenation());
    }
    return left;
  }

  private Expression concatenation() {
    int line = tokens.peek().line();
    List<Expression> parts = new ArrayList<>(List.of(product()));
    while (tokens.takeIfOperator("~")) {
      parts.add(product());
    }
    return parts.size() == 1 ? parts.get(0) : new Concatenation(line, parts);
  }

  private Expression product() {
    Expression left = power();
    while (tokens.peek().is(Kind.OPERATOR)
        && List.of("*", "/", "//", "%").contains(tokens.peek().text())) {
      Token operator = tokens.take();
      left = new Arithmetic(operator.line(), operator.text(), left, power());
    }
    return left;
  }

  /** Unlike Python's, Jinja2's power binds to the left. */
  private Expression power() {
    Expression left = unary(true);
    while (tokens.peek().isOperator("**")) {
      Token operator = tokens.take();
      left = new Arithmetic(operator.line(), operator.text(), left, unary(true));
    }
    return left;
  }

  private Expression unary(boolean filters) {
    Token token = tokens.peek();
    Expression expression;
    if (tokens.takeIfOperator("-")) {
      expression = new Sign(token.line(), '-', unary(false));
    } else if (tokens.takeIfOperator("+")) {
      expression = new Sign(token.line(), '+', unary(false));
    } else {
      expression = primary();
    }
    expression = postfix(expression);
    return filters ? filtersAndTests(expression) : expression;
  }

  private Expression primary() {
    Token token = tokens.take();
    switch (token.kind()) {
      case NAME:
        return name(token);
      case STRING:
        StringBuilder text = new StringBuilder((String) token.value());
        while (tokens.peek().is(Kind.STRING)) {
          text.append(tokens.take().value());
        }
        return new Constant(token.line(), text.toString());
      case INTEGER:
      case FLOAT:
        return new Constant(token.line(), token.value());
      case OPERATOR:
        switch (token.text()) {
          case "(":
            return parenthesized(token);
          case "[":
            return new ListLiteral(token.line(), items("]"));
          case "{":
            return dict(token);
          default:
            break;
        }
        break;
      default:
        break;
    }
    throw Tokens.error(token, "expected an expression, found " + token.describe());
  }

  private Expression name(Token token) {
    switch (token.text()) {
      case "true", "True":
        return new Constant(token.line(), true);
      case "false", "False":
        return new Constant(token.line(), false);
      case "none", "None":
        return new Constant(token.line(), PyValues.None.NONE);
      default:
        if (REFUSED_NAMES.contains(token.text())) {
          throw Tokens.error(token, "the name '" + token.text() + "' is not supported");
        }
        mentions.read(token.text());
        return new Name(token.line(), token.text());
    }
  }

  private Expression parenthesized(Token open) {
    if (tokens.takeIfOperator(")")) {
      return new TupleLiteral(open.line(), List.of());
    }
    Expression inner = tuple(true);
    tokens.expectOperator(")");
    return inner;
  }

  private List<Expression> items(String close) {
    List<Expression> items = new ArrayList<>();
    while (!tokens.takeIfOperator(close)) {
      if (!items.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.takeIfOperator(close)) {
          break;
        }
      }
      items.add(expression(true));
    }
    return items;
  }

  private Expression dict(Token open) {
    List<Expression> keys = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.takeIfOperator("}")) {
      if (!keys.isEmpty()) {
        tokens.expectOperator(",");
        if (tokens.takeIfOperator("}")) {
          break;
        }
      }
      keys.add(expression(true));
      tokens.expectOperator(":");
      values.add(expression(true));
    }
    return new DictLiteral(open.line(), keys, values);
  }

  private Expression postfix(Expression expression) {
    while (true) {
      if (tokens.peek().isOperator(".")) {
        expression = attribute(expression);
      } else if (tokens.peek().isOperator("[")) {
        expression = subscript(expression);
      } else if (tokens.peek().isOperator("(")) {
        expression = call(expression);
      } else {
        return expression;
      }
    }
  }

  private Expression filtersAndTests(Expression expression) {
    while (true) {
      if (tokens.takeIfOperator("|")) {
        expression = filter(Optional.of(expression));
      } else if (tokens.peek().isName("is")) {
        expression = test(expression);
      } else if (tokens.peek().isOperator("(")) {
        expression = call(expression);
      } else {
        return expression;
      }
    }
  }

  private Expression attribute(Expression object) {
    Token dot = tokens.take();
    Token name = tokens.take();
    if (name.is(Kind.NAME)) {
      return new Attribute(dot.line(), object, name.text());
    }
    if (name.is(Kind.INTEGER)) {
      return new Subscript(dot.line(), object, new Constant(name.line(), name.value()));
    }
    throw Tokens.error(name, "expected a name or a number after '.', found " + name.describe());
  }

  private Expression subscript(Expression object) {
    Token open = tokens.take();
    List<Expression> indices = new ArrayList<>();
    while (!tokens.takeIfOperator("]")) {
      if (!indices.isEmpty()) {
        tokens.expectOperator(",");
      }
      Optional<Expression> index = Optional.empty();
      if (!tokens.peek().isOperator(":")) {
        index = Optional.of(expression(true));
      }
      if (tokens.peek().isOperator(":")) {
        if (!indices.isEmpty()) {
          throw Tokens.error(tokens.peek(), "a slice beside another index is not supported");
        }
        return slice(open, object, index);
      }
      indices.add(index.orElseThrow());
    }
    Expression index =
        indices.size() == 1 ? indices.get(0) : new TupleLiteral(open.line(), indices);
    return new Subscript(open.line(), object, index);
  }

  private Expression slice(Token open, Expression object, Optional<Expression> start) {
    tokens.expectOperator(":");
    Optional<Expression> stop = bound();
    Optional<Expression> step = tokens.takeIfOperator(":") ? bound() : Optional.empty();
    if (tokens.peek().isOperator(",")) {
      throw Tokens.error(tokens.peek(), "a slice beside another index is not supported");
    }
    tokens.expectOperator("]");
    return new Slice(open.line(), object, start, stop, step);
  }

  private Optional<Expression> bound() {
    Token token = tokens.peek();
    boolean absent = token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    return absent ? Optional.empty() : Optional.of(expression(true));
  }

  private Expression call(Expression callee) {
    int line = tokens.peek().line();
    return new Call(line, callee, arguments());
  }

  private CallArguments arguments() {
    Token open = tokens.expectOperator("(");
    List<Expression> positional = new ArrayList<>();
    List<Keyword> keywords = new ArrayList<>();
    Optional<Expression> spreadList = Optional.empty();
    Optional<Expression> spreadDict = Optional.empty();
    boolean first = true;
    while (!tokens.takeIfOperator(")")) {
      if (!first) {
        tokens.expectOperator(",");
        if (tokens.takeIfOperator(")")) {
          break;
        }
      }
      first = false;
      boolean inOrder;
      if (tokens.takeIfOperator("*")) {
        inOrder = spreadList.isEmpty() && spreadDict.isEmpty();
        spreadList = Optional.of(expression(true));
      } else if (tokens.takeIfOperator("**")) {
        inOrder = spreadDict.isEmpty();
        spreadDict = Optional.of(expression(true));
      } else if (tokens.peek().is(Kind.NAME) && tokens.peekSecond().isOperator("=")) {
        inOrder = spreadDict.isEmpty();
        String name = tokens.take().text();
        tokens.take();
        keywords.add(new Keyword(name, expression(true)));
      } else {
        inOrder = spreadList.isEmpty() && spreadDict.isEmpty() && keywords.isEmpty();
        positional.add(expression(true));
      }
      if (!inOrder) {
        throw Tokens.error(open, "arguments go: values, name=value, *list, **dict, in this order");
      }
    }
    return new CallArguments(positional, keywords, spreadList, spreadDict);
  }

  /** A filter after its '|'. */
  Filter filter(Optional<Expression> input) {
    Token token = tokens.expect(Kind.NAME);
    String name = dottedName(token);
    if (!Filters.has(name)) {
      throw Tokens.error(
          token,
          "the filter '"
              + name
              + "' is not supported; supported: "
              + String.join(", ", Filters.names()));
    }
    CallArguments arguments = optionalArguments();
    requireKnownArgument(token, name, arguments);
    return new Filter(token.line(), input, name, arguments);
  }

  private Expression test(Expression input) {
    tokens.take();
    boolean negated = tokens.takeIfName("not");
    Token token = tokens.expect(Kind.NAME);
    String name = dottedName(token);
    if (!Tests.has(name)) {
      throw Tokens.error(
          token,
          "the test '"
              + name
              + "' is not supported; supported: "
              + String.join(", ", Tests.names()));
    }
    CallArguments arguments = startsBareArgument() ? bareArgument() : optionalArguments();
    Expression test = new Test(token.line(), input, name, arguments);
    return negated ? new Not(token.line(), test) : test;
  }

  private boolean startsBareArgument() {
    Token token = tokens.peek();
    return switch (token.kind()) {
      case NAME -> !token.isName("else") && !token.isName("or") && !token.isName("and");
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> token.isOperator("[") || token.isOperator("{");
      default -> false;
    };
  }

  /** {@code x is divisibleby 3}: an argument without parentheses. */
  private CallArguments bareArgument() {
    if (tokens.peek().isName("is")) {
      throw Tokens.error(tokens.peek(), "tests cannot be chained with 'is'; use 'and'");
    }
    return new CallArguments(
        List.of(postfix(primary())), List.of(), Optional.empty(), Optional.empty());
  }

  private String dottedName(Token first) {
    StringBuilder name = new StringBuilder(first.text());
    while (tokens.takeIfOperator(".")) {
      name.append('.').append(tokens.expect(Kind.NAME).text());
    }
    return name.toString();
  }

  private CallArguments optionalArguments() {
    return tokens.peek().isOperator("(")
        ? arguments()
        : new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());
  }

  /** {@code map('name')} and {@code select('name')} name another filter or test. */
  private void requireKnownArgument(Token token, String filter, CallArguments arguments) {
    int index = filter.endsWith("attr") ? 1 : 0;
    if (arguments.positional().size() <= index
        || !(arguments.positional().get(index) instanceof Constant constant)
        || !(constant.value() instanceof String name)) {
      return;
    }
    boolean known =
        switch (filter) {
          case "map" -> Filters.has(name);
          case "select", "reject", "selectattr", "rejectattr" -> Tests.has(name);
          default -> true;
        };
    if (!known) {
      String kind = filter.equals("map") ? "filter" : "test";
      throw Tokens.error(
          token, "the " + kind + " '" + name + "' that '" + filter + "' names is not supported");
    }
  }
}
