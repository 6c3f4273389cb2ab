/**
 * Judges: a model says which of two answers is better, or how good one is.
 *
 * <p>In: a conversation with one answer or two, and a judge's prompt, which is a plain file. Out: a
 * ruling with what the judge said, or why there is none; an answer without a readable verdict is
 * never taken for one. Pairs are asked about in both orders, since judges lean towards one side
 * (Zheng et al. 2023, arXiv:2306.05685, §3.3); where the orders disagree, the pair is inconsistent.
 * Called by {@code parley judge}, {@code parley evaluate} and the reward service.
 */
package dev.parley.judge.verdict;
