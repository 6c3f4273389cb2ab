/**
 * Misspelt names: which of those that there are was meant.
 *
 * <p>In: what was written, and the names that there are. Out: the nearest name, for an error's "did
 * you mean". Called wherever rows, settings or commands are read.
 */
package dev.parley.data.spelling;
