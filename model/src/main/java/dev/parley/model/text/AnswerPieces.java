package dev.parley.model.text;

/**
 * A prompt and an answer to it that was written in pieces, as token ids.
 *
 * @param ids token ids, {@code [tokens]}; not copied
 * @param ends index of the last token of each piece, {@code [pieces]}; not copied
 */
public record AnswerPieces(int[] ids, int[] ends) {}
