/**
 * Parley's side of the comparisons that need no services. Each {@link dev.parley.bench.own.Work} is
 * a value; {@link dev.parley.bench.own.OwnProcess} does it in a process of its own, as the peer's
 * program runs in one, and prints the figures.
 */
package dev.parley.bench.own;
