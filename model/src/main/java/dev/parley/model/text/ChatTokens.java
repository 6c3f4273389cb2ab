package dev.parley.model.text;

/**
 * A conversation as token ids.
 *
 * @param ids token ids, {@code [tokens]}; not copied
 * @param assistantMask 1 for each id that the assistant wrote and 0 for the others, {@code
 *     [tokens]}; a token with only some of the assistant's characters counts as the assistant's.
 *     Not copied
 */
public record ChatTokens(int[] ids, int[] assistantMask) {
  public ChatTokens {
    if (ids.length != assistantMask.length) {
      throw new IllegalArgumentException(
          "a mask needs as many entries as there are ids, found "
              + assistantMask.length
              + " for "
              + ids.length);
    }
  }
}
