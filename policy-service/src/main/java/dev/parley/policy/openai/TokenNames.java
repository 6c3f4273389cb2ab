package dev.parley.policy.openai;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.parley.model.text.TextStream;
import dev.parley.model.text.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What single tokens are called where log-probabilities are listed: their text in the middle of a
 * text. A token that is only a part of a character is called as the vocabulary spells it, so that
 * no two of them have one name. For one thread.
 */
final class TokenNames {

  /** Stands before a token, so that it is not the first: decoders strip a text's first space. */
  private static final String ANCHOR = "a";

  private static final char REPLACEMENT = '\ufffd';

  private final Optional<Tokenizer> tokenizer;
  private final int[] anchor;
  private final Map<Integer, Name> names = new HashMap<>();

  private record Name(String text, boolean whole) {}

  /** Takes the model's tokenizer, if it has one; without it tokens are called by their ids. */
  TokenNames(Optional<Tokenizer> tokenizer) {
    this.tokenizer = tokenizer;
    this.anchor =
        tokenizer.map(present -> present.encode(ANCHOR, false).ids()).orElseGet(() -> new int[0]);
  }

  /** Returns a token's name. */
  String of(int token) {
    return name(token).text();
  }

  /** Returns the UTF-8 of a token's text, or null if it is only a part of a character. */
  ArrayNode bytes(int token) {
    Name name = name(token);
    if (!name.whole()) {
      return null;
    }
    ArrayNode bytes = JsonNodeFactory.instance.arrayNode();
    for (byte value : name.text().getBytes(StandardCharsets.UTF_8)) {
      bytes.add(value & 0xff);
    }
    return bytes;
  }

  private Name name(int token) {
    return names.computeIfAbsent(token, this::make);
  }

  private Name make(int token) {
    String byId = "token_id:" + token;
    if (tokenizer.isEmpty()) {
      return new Name(byId, false);
    }
    TextStream stream = tokenizer.get().stream(List.of(), false);
    for (int before : anchor) {
      stream.push(before);
    }
    String text = stream.push(token).text() + stream.finish().text();
    return text.indexOf(REPLACEMENT) < 0
        ? new Name(text, true)
        : new Name(tokenizer.get().token(token).orElse(byId), false);
  }
}
