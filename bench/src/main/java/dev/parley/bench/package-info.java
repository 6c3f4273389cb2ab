/**
 * Parley beside named peers. A {@link dev.parley.bench.Comparison} measures the same work on both
 * sides; {@link dev.parley.bench.Bench} runs them in turns, so that whatever else the machine does
 * meets both, and prints the ratio of the medians.
 */
package dev.parley.bench;
