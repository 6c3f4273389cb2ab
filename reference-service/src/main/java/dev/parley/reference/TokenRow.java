package dev.parley.reference;

/**
 * One sequence of a request.
 *
 * @param tokens the sequence
 * @param wanted ascending indices, none of them 0, of the tokens whose log-probability is asked for
 */
record TokenRow(int[] tokens, int[] wanted) {}
