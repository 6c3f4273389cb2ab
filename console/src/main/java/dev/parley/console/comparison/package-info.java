/**
 * Which pair is in front of whom.
 *
 * <p>In: a study and an annotator's name. Out: the next pair, its sides drawn and kept, one of its
 * places taken until it is judged or the lease ends. Called by the pages.
 */
package dev.parley.console.comparison;
