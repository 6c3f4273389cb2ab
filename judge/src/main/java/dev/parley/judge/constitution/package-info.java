/**
 * Constitutions: principles in a plain file, and what a model does with them (Bai et al. 2022,
 * arXiv:2212.08073).
 *
 * <p>In: a file of principles, prompts, a model behind an endpoint. Out: revised answers with the
 * whole trail of critiques. Principles are drawn by a seed, so a run can be repeated. Labels by
 * principles are in {@code dev.parley.judge.verdict}. Called by {@code parley constitution}.
 */
package dev.parley.judge.constitution;
