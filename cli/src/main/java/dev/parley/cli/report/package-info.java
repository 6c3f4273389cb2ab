/**
 * A run as one page: curves, frontier, samples. The page is a single file that needs no network.
 *
 * <p>Comes in: a run's directory, and what a command knows besides. Goes out: {@code report.html}.
 * Called by {@code parley report} and {@code parley quickstart}.
 */
package dev.parley.cli.report;
