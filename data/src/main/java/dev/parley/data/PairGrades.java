package dev.parley.data;

/**
 * How good each answer of a pair was said to be by itself, on whatever scale was used.
 *
 * @param chosen the chosen answer's grade
 * @param rejected the rejected answer's grade
 */
public record PairGrades(double chosen, double rejected) {}
