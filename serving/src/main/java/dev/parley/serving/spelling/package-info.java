/**
 * Misspelt names: which of those that there are was meant.
 *
 * <p>In: what was written, and the names that there are. Out: the nearest, for an error's "did you
 * mean". Called wherever settings or fields are read.
 */
package dev.parley.serving.spelling;
