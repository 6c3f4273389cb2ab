package dev.parley.model.text.template;

import dev.parley.model.text.template.Lexer.Kind;
import dev.parley.model.text.template.Lexer.Token;
import dev.parley.model.text.template.Node.Body;
import dev.parley.model.text.template.Node.Branch;
import dev.parley.model.text.template.Node.Break;
import dev.parley.model.text.template.Node.Call;
import dev.parley.model.text.template.Node.CallBlock;
import dev.parley.model.text.template.Node.Continue;
import dev.parley.model.text.template.Node.Expression;
import dev.parley.model.text.template.Node.Filter;
import dev.parley.model.text.template.Node.FilterBlock;
import dev.parley.model.text.template.Node.For;
import dev.parley.model.text.template.Node.Generation;
import dev.parley.model.text.template.Node.If;
import dev.parley.model.text.template.Node.MacroDefinition;
import dev.parley.model.text.template.Node.NameTarget;
import dev.parley.model.text.template.Node.NamespaceTarget;
import dev.parley.model.text.template.Node.Parameter;
import dev.parley.model.text.template.Node.Print;
import dev.parley.model.text.template.Node.Set;
import dev.parley.model.text.template.Node.SetBlock;
import dev.parley.model.text.template.Node.Signature;
import dev.parley.model.text.template.Node.Statement;
import dev.parley.model.text.template.Node.Target;
import dev.parley.model.text.template.Node.Text;
import dev.parley.model.text.template.Node.TupleTarget;
import dev.parley.model.text.template.Node.With;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Jinja2's grammar by recursive descent: statements first, then expressions from the loosest
 * binding to the tightest. Whatever is valid in Jinja2 and missing here is refused, by name and
 * line.
 */
final class Parser {
  /** What a parsed template is: its statements, and whether it marks the assistant's text. */
  record Parsed(Body body, boolean marksGeneration) {}

  private static final List<String> REFUSED_TAGS =
      List.of("include", "import", "from", "extends", "block", "autoescape");
  private static final List<String> CONSTANTS =
      List.of("true", "false", "True", "False", "none", "None");

  private final Tokens tokens;
  private final Mentions mentions = new Mentions();
  private final ExpressionParser expressions;

  /** Loops around the current statement, counted from the innermost macro, call or generation. */
  private int loops;

  /** Loops around the current statement in all. */
  private int allLoops;

  /** Blocks around the current statement whose text does not go straight to the output. */
  private int captures;

  private boolean marksGeneration;

  private Parser(List<Token> tokens) {
    this.tokens = new Tokens(tokens);
    this.expressions = new ExpressionParser(this.tokens, mentions);
  }

  /**
   * @throws TemplateException if the template is not valid Jinja2 or outside the subset
   */
  static Parsed parse(String template) {
    Parser parser = new Parser(Lexer.tokenize(template));
    List<Statement> statements = parser.statementsUntil();
    return new Parsed(new Body(statements, parser.mentions.scope()), parser.marksGeneration);
  }

  // ---- statements ----------------------------------------------------------------------------

  /** Text and tags up to one of the {@code ends} (its token is next), or up to the very end. */
  private List<Statement> statementsUntil(String... ends) {
    List<Statement> statements = new ArrayList<>();
    while (!tokens.peek().is(Kind.END)) {
      Token token = tokens.take();
      switch (token.kind()) {
        case DATA -> statements.add(new Text(token.line(), token.text()));
        case VARIABLE_BEGIN -> {
          statements.add(new Print(token.line(), expressions.tuple(true)));
          tokens.expect(Kind.VARIABLE_END);
        }
        default -> {
          for (String end : ends) {
            if (tokens.peek().isName(end)) {
              return statements;
            }
          }
          statements.addAll(statement(ends));
          tokens.expect(Kind.BLOCK_END);
        }
      }
    }
    if (ends.length > 0) {
      throw Tokens.error(
          tokens.peek(),
          "the template ends where {% " + String.join(" %} or {% ", ends) + " %} is missing");
    }
    return statements;
  }

  /** The rest of the opening tag, the statements in it and the closing tag's name. */
  private List<Statement> block(String... ends) {
    tokens.takeIfOperator(":");
    tokens.expect(Kind.BLOCK_END);
    return statementsUntil(ends);
  }

  /** Like {@link #block}, in a scope of its own that {@code declare} fills first. */
  private Body scopedBlock(Runnable declare, String... ends) {
    mentions.enterScope();
    declare.run();
    Body body = new Body(block(ends), mentions.scope());
    mentions.leaveScope();
    return body;
  }

  private List<Statement> statement(String[] ends) {
    Token tag = tokens.expect(Kind.NAME);
    return switch (tag.text()) {
      case "set" -> List.of(set(tag));
      case "if" -> List.of(ifStatement(tag));
      case "for" -> List.of(forStatement(tag));
      case "macro" -> List.of(macro(tag));
      case "call" -> List.of(callBlock(tag));
      case "filter" -> List.of(filterBlock(tag));
      case "with" -> List.of(with(tag));
      case "print" -> print();
      case "generation" -> List.of(generation(tag));
      case "break", "continue" -> List.of(loopControl(tag));
      default -> {
        if (REFUSED_TAGS.contains(tag.text())) {
          throw Tokens.error(
              tag, "{% " + tag.text() + " %} is not supported; write its text out in place");
        }
        String expected =
            ends.length == 0 ? "" : "; expected {% " + String.join(" %} or {% ", ends) + " %}";
        throw Tokens.error(tag, "unknown tag {% " + tag.text() + " %}" + expected);
      }
    };
  }

  private Statement set(Token tag) {
    Target target = target(true);
    if (tokens.takeIfOperator("=")) {
      Expression value = expressions.tuple(true);
      bind(target);
      return new Set(tag.line(), target, value);
    }
    bind(target);
    List<Filter> filters = new ArrayList<>();
    while (tokens.takeIfOperator("|")) {
      filters.add(expressions.filter(Optional.empty()));
    }
    Body body = captured(() -> scopedBlock(() -> {}, "endset"));
    tokens.take();
    return new SetBlock(tag.line(), target, filters, body);
  }

  private Statement ifStatement(Token tag) {
    List<Branch> branches = new ArrayList<>();
    List<Statement> otherwise = List.of();
    while (true) {
      Expression test = expressions.tuple(false);
      branches.add(new Branch(test, branch("elif", "else", "endif")));
      Token end = tokens.take();
      if (end.isName("else")) {
        otherwise = branch("endif");
        tokens.take();
      }
      if (!end.isName("elif")) {
        return new If(tag.line(), branches, otherwise);
      }
    }
  }

  private List<Statement> branch(String... ends) {
    mentions.scope().enterBranch();
    List<Statement> statements = block(ends);
    mentions.scope().leaveBranch();
    return statements;
  }

  private Statement forStatement(Token tag) {
    Target target = target(false, "in");
    refuseLoopName(target);
    tokens.expectName("in");
    Expression iterable = expressions.tuple(false, "recursive");
    mentions.enterScope();
    declareParameter(target);
    Optional<Expression> test =
        tokens.takeIfName("if") ? Optional.of(expressions.expression(true)) : Optional.empty();
    mentions.leaveScope();
    if (tokens.peek().isName("recursive")) {
      throw Tokens.error(
          tokens.peek(), "{% for … recursive %} is not supported; use a macro that calls itself");
    }
    loops++;
    allLoops++;
    Body body = scopedBlock(() -> declareLoop(target), "endfor", "else");
    loops--;
    Optional<Body> otherwise = Optional.empty();
    if (tokens.take().isName("else")) {
      otherwise = Optional.of(scopedBlock(() -> {}, "endfor"));
      tokens.take();
    }
    allLoops--;
    return new For(tag.line(), target, iterable, test, body, otherwise);
  }

  private void declareLoop(Target target) {
    declareParameter(target);
    mentions.parameter("loop");
  }

  private Statement macro(Token tag) {
    String name = tokens.expect(Kind.NAME).text();
    mentions.set(name);
    mentions.enterScope();
    tokens.expectOperator("(");
    List<Parameter> parameters = parameters();
    int firstMention = mentions.here();
    Body body = deferredBlock("endmacro");
    mentions.leaveScope();
    Signature signature = signature(tag, parameters, firstMention);
    return new MacroDefinition(tag.line(), name, signature, body);
  }

  private Statement callBlock(Token tag) {
    mentions.enterScope();
    List<Parameter> parameters = tokens.takeIfOperator("(") ? parameters() : List.of();
    Names inner = mentions.leaveScope();
    Token start = tokens.peek();
    if (!(expressions.expression(true) instanceof Call call)) {
      throw Tokens.error(start, "{% call %} needs a call such as name(arguments)");
    }
    mentions.reenterScope(inner);
    int firstMention = mentions.here();
    Body body = deferredBlock("endcall");
    mentions.leaveScope();
    Signature signature = signature(tag, parameters, firstMention);
    return new CallBlock(tag.line(), call, signature, body);
  }

  /** A body that runs when it is called: loops outside of it cannot be left from inside. */
  private Body deferredBlock(String end) {
    int outerLoops = loops;
    loops = 0;
    List<Statement> statements = captured(() -> block(end));
    loops = outerLoops;
    tokens.take();
    return new Body(statements, mentions.scope());
  }

  /** Parameters after the opening parenthesis, up to and with the closing one. */
  private List<Parameter> parameters() {
    List<Parameter> parameters = new ArrayList<>();
    while (!tokens.peek().isOperator(")")) {
      if (!parameters.isEmpty()) {
        tokens.expectOperator(",");
      }
      Token name = tokens.expect(Kind.NAME);
      refuseConstant(name);
      mentions.parameter(name.text());
      Optional<Expression> defaultValue = Optional.empty();
      if (tokens.takeIfOperator("=")) {
        defaultValue = Optional.of(expressions.expression(true));
      } else if (!parameters.isEmpty()
          && parameters.get(parameters.size() - 1).defaultValue().isPresent()) {
        throw Tokens.error(
            name, "parameter '" + name.text() + "' needs a default, as the one before it has");
      }
      parameters.add(new Parameter(name.text(), defaultValue));
    }
    tokens.take();
    return parameters;
  }

  private Signature signature(Token tag, List<Parameter> parameters, int firstMention) {
    boolean usesCaller = mentions.readsUnset("caller", firstMention);
    boolean usesKwargs = mentions.readsUnset("kwargs", firstMention);
    boolean usesVarargs = mentions.readsUnset("varargs", firstMention);
    for (Parameter parameter : parameters) {
      switch (parameter.name()) {
        case "caller" -> {
          if (usesCaller && parameter.defaultValue().isEmpty()) {
            throw Tokens.error(tag, "the parameter 'caller' must have a default or be left out");
          }
        }
        case "kwargs" -> usesKwargs = false;
        case "varargs" -> usesVarargs = false;
        default -> {}
      }
    }
    return new Signature(parameters, usesCaller, usesKwargs, usesVarargs);
  }

  private Statement filterBlock(Token tag) {
    List<Filter> filters = new ArrayList<>();
    do {
      filters.add(expressions.filter(Optional.empty()));
    } while (tokens.takeIfOperator("|"));
    Body body = captured(() -> scopedBlock(() -> {}, "endfilter"));
    tokens.take();
    return new FilterBlock(tag.line(), filters, body);
  }

  private Statement with(Token tag) {
    List<Target> targets = new ArrayList<>();
    List<Expression> values = new ArrayList<>();
    while (!tokens.peek().is(Kind.BLOCK_END)) {
      if (!targets.isEmpty()) {
        tokens.expectOperator(",");
      }
      targets.add(target(false));
      tokens.expectOperator("=");
      values.add(expressions.expression(true));
    }
    Body body = scopedBlock(() -> targets.forEach(this::declareParameter), "endwith");
    tokens.take();
    return new With(tag.line(), targets, values, body);
  }

  private List<Statement> print() {
    List<Statement> statements = new ArrayList<>();
    while (!tokens.peek().is(Kind.BLOCK_END)) {
      if (!statements.isEmpty()) {
        tokens.expectOperator(",");
      }
      int line = tokens.peek().line();
      statements.add(new Print(line, expressions.expression(true)));
    }
    return statements;
  }

  private Statement generation(Token tag) {
    if (captures > 0) {
      throw Tokens.error(
          tag,
          "{% generation %} inside a macro or another block that captures its text is not supported,"
              + " since the place of that text in the output is not known; mark it where it is"
              + " printed");
    }
    marksGeneration = true;
    mentions.enterScope();
    Body body = deferredBlock("endgeneration");
    mentions.leaveScope();
    return new Generation(tag.line(), body);
  }

  private Statement loopControl(Token tag) {
    if (loops == 0) {
      throw Tokens.error(tag, "{% " + tag.text() + " %} outside of a loop");
    }
    return tag.isName("break") ? new Break(tag.line()) : new Continue(tag.line());
  }

  private <T> T captured(Supplier<T> block) {
    captures++;
    T result = block.get();
    captures--;
    return result;
  }

  // ---- targets of assignments ----------------------------------------------------------------

  /** One name, or several with commas between them, as a loop or an assignment binds them. */
  private Target target(boolean namespaces, String... ends) {
    int line = tokens.peek().line();
    List<Target> targets = new ArrayList<>();
    boolean tuple = false;
    while (!tokens.endsTuple(ends)) {
      targets.add(singleTarget(namespaces));
      if (!tokens.takeIfOperator(",")) {
        break;
      }
      tuple = true;
    }
    if (targets.isEmpty()) {
      throw Tokens.error(
          tokens.peek(), "expected a name to assign to, found " + tokens.peek().describe());
    }
    return tuple ? new TupleTarget(line, targets) : targets.get(0);
  }

  private Target singleTarget(boolean namespaces) {
    if (tokens.takeIfOperator("(")) {
      Target target = target(false);
      tokens.expectOperator(")");
      return target;
    }
    Token name = tokens.expect(Kind.NAME);
    refuseConstant(name);
    if (namespaces && tokens.takeIfOperator(".")) {
      mentions.read(name.text());
      return new NamespaceTarget(name.line(), name.text(), tokens.expect(Kind.NAME).text());
    }
    return new NameTarget(name.line(), name.text());
  }

  private void refuseConstant(Token name) {
    if (CONSTANTS.contains(name.text())) {
      throw Tokens.error(name, "'" + name.text() + "' cannot be assigned to");
    }
  }

  private void bind(Target target) {
    if (allLoops > 0) {
      refuseLoopName(target);
    }
    if (target instanceof NameTarget name) {
      mentions.set(name.name());
    } else if (target instanceof TupleTarget tuple) {
      tuple.targets().forEach(this::bind);
    }
  }

  private void refuseLoopName(Target target) {
    if (target instanceof NameTarget name && name.name().equals("loop")) {
      throw new TemplateException(name.line(), "'loop' cannot be assigned to inside a loop");
    }
    if (target instanceof TupleTarget tuple) {
      tuple.targets().forEach(this::refuseLoopName);
    }
  }

  private void declareParameter(Target target) {
    if (target instanceof NameTarget name) {
      mentions.parameter(name.name());
    } else if (target instanceof TupleTarget tuple) {
      tuple.targets().forEach(this::declareParameter);
    }
  }
}
