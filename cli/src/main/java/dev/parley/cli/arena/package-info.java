/**
 * {@code parley arena}: ratings of models from battles.
 *
 * <p>In: files that say who was compared with whom and who won. Out: a table of Bradley-Terry
 * ratings with intervals, and online Elo. The mathematics is {@code dev.parley.judge.rating}.
 */
package dev.parley.cli.arena;
