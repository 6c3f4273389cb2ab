package dev.parley.model.text;

import java.util.List;

/**
 * A text as tokens; all three parts have the same length.
 *
 * @param ids token ids, {@code [tokens]}; not copied
 * @param tokens the tokens as the vocabulary spells them
 * @param offsets where in the text each token comes from; {@code 0..0} for one that was added
 */
public record Encoding(int[] ids, List<String> tokens, List<Span> offsets) {
  public Encoding {
    tokens = List.copyOf(tokens);
    offsets = List.copyOf(offsets);
    if (ids.length != tokens.size() || ids.length != offsets.size()) {
      throw new IllegalArgumentException(
          "an encoding needs as many tokens and offsets as ids, found "
              + tokens.size()
              + " and "
              + offsets.size()
              + " for "
              + ids.length);
    }
  }
}
