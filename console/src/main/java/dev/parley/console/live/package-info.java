/**
 * Answers from policies while they serve.
 *
 * <p>In: a prompt. Out: two answers, with the version of the weights that gave each. Called when a
 * pair of such a study is first shown.
 */
package dev.parley.console.live;
