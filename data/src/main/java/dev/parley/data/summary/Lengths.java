package dev.parley.data.summary;

/**
 * How long texts are: in characters (Unicode code points), or in tokens where that is said.
 *
 * @param count the number of texts
 * @param mean the mean length; 0 without texts
 * @param min the shortest
 * @param median half are no longer than this
 * @param p90 nine in ten are no longer than this
 * @param p99 99 in a hundred are no longer than this
 * @param max the longest
 */
public record Lengths(long count, double mean, int min, int median, int p90, int p99, int max) {}
