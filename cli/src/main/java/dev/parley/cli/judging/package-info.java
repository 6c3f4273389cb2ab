/**
 * {@code parley judge} and {@code parley evaluate}: a model says which answers are better.
 *
 * <p>In: pairs of answers in files, and an endpoint that judges. Out: preferences that say who
 * judged, every judgement with what the judge said, tables. Judging itself is {@code
 * dev.parley.judge}; here are options, files and figures. The options of the endpoint serve {@code
 * parley constitution} too.
 */
package dev.parley.cli.judging;
