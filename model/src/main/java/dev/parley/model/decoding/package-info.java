/**
 * Decoding step by step: tokens in, drawn tokens out, keys and values kept in between.
 *
 * <p>In: prompts and tokens in pieces, and how to draw. Out: tokens with their log-probabilities.
 * Callers: {@code generation}, which decides what is read when.
 */
package dev.parley.model.decoding;
