/**
 * The statistics of comparisons: win rates, their intervals, what length has to do with them, and
 * ratings of many models from battles.
 *
 * <p>In: who was compared with whom, and who won. Out: numbers, on plain arrays, with seeds where
 * chance comes in. Called by {@code parley evaluate} and {@code parley arena}.
 */
package dev.parley.judge.rating;
