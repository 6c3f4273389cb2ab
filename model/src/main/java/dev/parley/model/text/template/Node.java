package dev.parley.model.text.template;

import java.util.List;
import java.util.Optional;

/** The syntax tree: statements, the expressions in them, and the targets of assignments. */
sealed interface Node {

  /** The line of the template, counted from 1. */
  int line();

  /** Statements that run in a scope of their own, with what is known of its names. */
  record Body(List<Statement> statements, Names names) {}

  // ---- statements ----------------------------------------------------------------------------

  sealed interface Statement extends Node {}

  /** Text outside of tags. */
  record Text(int line, String text) implements Statement {}

  /** <code>{{ value }}</code>. */
  record Print(int line, Expression value) implements Statement {}

  /** <code>{% if %}</code>: the first branch whose test is true, else {@code otherwise}. */
  record If(int line, List<Branch> branches, List<Statement> otherwise) implements Statement {}

  record Branch(Expression test, List<Statement> statements) {}

  /** <code>{% for target in iterable if test %}</code>. */
  record For(
      int line,
      Target target,
      Expression iterable,
      Optional<Expression> test,
      Body body,
      Optional<Body> otherwise)
      implements Statement {}

  /** <code>{% set target = value %}</code>. */
  record Set(int line, Target target, Expression value) implements Statement {}

  /** <code>{% set target | filters %}body{% endset %}</code>. */
  record SetBlock(int line, Target target, List<Filter> filters, Body body) implements Statement {}

  record MacroDefinition(int line, String name, Signature signature, Body body)
      implements Statement {}

  /**
   * @param usesCaller whether the body reads {@code caller} without having set it; likewise the
   *     other two
   */
  record Signature(
      List<Parameter> parameters, boolean usesCaller, boolean usesKwargs, boolean usesVarargs) {}

  record Parameter(String name, Optional<Expression> defaultValue) {}

  /** <code>{% call(parameters) callee(arguments) %}body{% endcall %}</code>. */
  record CallBlock(int line, Call call, Signature signature, Body body) implements Statement {}

  /** <code>{% filter filters %}body{% endfilter %}</code>. */
  record FilterBlock(int line, List<Filter> filters, Body body) implements Statement {}

  record With(int line, List<Target> targets, List<Expression> values, Body body)
      implements Statement {}

  /** <code>{% generation %}</code>: what the assistant wrote. */
  record Generation(int line, Body body) implements Statement {}

  record Break(int line) implements Statement {}

  record Continue(int line) implements Statement {}

  // ---- targets of assignments ----------------------------------------------------------------

  sealed interface Target extends Node {}

  record NameTarget(int line, String name) implements Target {}

  record TupleTarget(int line, List<Target> targets) implements Target {}

  /** {@code namespace.attribute}. */
  record NamespaceTarget(int line, String namespace, String attribute) implements Target {}

  // ---- expressions ---------------------------------------------------------------------------

  sealed interface Expression extends Node {}

  record Constant(int line, Object value) implements Expression {}

  record Name(int line, String name) implements Expression {}

  record ListLiteral(int line, List<Expression> items) implements Expression {}

  record TupleLiteral(int line, List<Expression> items) implements Expression {}

  record DictLiteral(int line, List<Expression> keys, List<Expression> values)
      implements Expression {}

  /** {@code object.name}. */
  record Attribute(int line, Expression object, String name) implements Expression {}

  /** {@code object[index]}. */
  record Subscript(int line, Expression object, Expression index) implements Expression {}

  /** {@code object[start:stop:step]}. */
  record Slice(
      int line,
      Expression object,
      Optional<Expression> start,
      Optional<Expression> stop,
      Optional<Expression> step)
      implements Expression {}

  record Call(int line, Expression callee, CallArguments arguments) implements Expression {}

  record CallArguments(
      List<Expression> positional,
      List<Keyword> keywords,
      Optional<Expression> spreadList,
      Optional<Expression> spreadDict) {}

  record Keyword(String name, Expression value) {}

  /** {@code input | name(arguments)}; the input of a block's filter is the block's text. */
  record Filter(int line, Optional<Expression> input, String name, CallArguments arguments)
      implements Expression {}

  /** {@code input is name(arguments)}. */
  record Test(int line, Expression input, String name, CallArguments arguments)
      implements Expression {}

  record Not(int line, Expression operand) implements Expression {}

  /** {@code -operand} or {@code +operand}. */
  record Sign(int line, char sign, Expression operand) implements Expression {}

  /** {@code left operator right} with one of {@code + - * / // % **}. */
  record Arithmetic(int line, String operator, Expression left, Expression right)
      implements Expression {}

  record And(int line, Expression left, Expression right) implements Expression {}

  record Or(int line, Expression left, Expression right) implements Expression {}

  /** {@code a ~ b ~ c}. */
  record Concatenation(int line, List<Expression> parts) implements Expression {}

  /** {@code first < b <= c}: each operand is evaluated once, up to the first that fails. */
  record Comparison(int line, Expression first, List<Operand> operands) implements Expression {}

  /**
   * @param operator one of {@code == != < <= > >=}, {@code in} or {@code not in}
   */
  record Operand(String operator, Expression value) {}

  /** {@code value if test else otherwise}. */
  record Conditional(int line, Expression test, Expression value, Optional<Expression> otherwise)
      implements Expression {}
}
