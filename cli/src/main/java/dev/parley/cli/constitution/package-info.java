/**
 * {@code parley constitution}: constitutional AI, both halves.
 *
 * <p>In: a file of principles, prompts or pairs, and a model behind an endpoint. Out:
 * demonstrations of revised answers, preferences by principles, and the trail of both. What the
 * model is told is {@code dev.parley.judge.constitution}; here are options, files and figures.
 */
package dev.parley.cli.constitution;
