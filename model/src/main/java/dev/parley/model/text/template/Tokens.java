package dev.parley.model.text.template;

import dev.parley.model.text.template.Lexer.Kind;
import dev.parley.model.text.template.Lexer.Token;
import java.util.List;

/** A place in the list of tokens that moves forward. */
final class Tokens {
  private final List<Token> tokens;
  private int next;

  Tokens(List<Token> tokens) {
    this.tokens = tokens;
  }

  Token peek() {
    return tokens.get(next);
  }

  /** The token after the next one. */
  Token peekSecond() {
    return tokens.get(Math.min(next + 1, tokens.size() - 1));
  }

  Token take() {
    Token token = tokens.get(next);
    if (!token.is(Kind.END)) {
      next++;
    }
    return token;
  }

  boolean takeIfOperator(String operator) {
    boolean found = peek().isOperator(operator);
    if (found) {
      next++;
    }
    return found;
  }

  boolean takeIfName(String name) {
    boolean found = peek().isName(name);
    if (found) {
      next++;
    }
    return found;
  }

  Token expect(Kind kind) {
    Token token = take();
    if (!token.is(kind)) {
      String expected =
          switch (kind) {
            case NAME -> "a name";
            case BLOCK_END -> "'%}'";
            case VARIABLE_END -> "'}}'";
            default -> kind.name();
          };
      throw error(token, "expected " + expected + ", found " + token.describe());
    }
    return token;
  }

  Token expectOperator(String operator) {
    Token token = take();
    if (!token.isOperator(operator)) {
      throw error(token, "expected '" + operator + "', found " + token.describe());
    }
    return token;
  }

  void expectName(String name) {
    Token token = take();
    if (!token.isName(name)) {
      throw error(token, "expected '" + name + "', found " + token.describe());
    }
  }

  /** Whether a list of expressions or targets that no bracket closes ends here. */
  boolean endsTuple(String... ends) {
    Token token = peek();
    if (token.is(Kind.VARIABLE_END) || token.is(Kind.BLOCK_END) || token.isOperator(")")) {
      return true;
    }
    for (String end : ends) {
      if (token.isName(end)) {
        return true;
      }
    }
    return false;
  }

  static TemplateException error(Token token, String message) {
    return new TemplateException(token.line(), message);
  }
}
