/**
 * What a dataset is like, in numbers, before anything is trained on it.
 *
 * <p>In: rows as they are read. Out: one {@link dev.parley.data.summary.DatasetSummary}. Called by
 * the command line and the console.
 */
package dev.parley.data.summary;
