/**
 * Datasets as files: JSON Lines, JSON arrays, CSV, plain or gzipped, and Parquet; one file, a
 * directory or a pattern.
 *
 * <p>In: paths. Out: a stream of examples, each with the file and line it came from, or an error
 * that names them; and files in Parley's own shape. Rows are read one at a time, so that a dataset
 * may be larger than memory; of Parquet, one row group is held. Called by the trainer, the command
 * line and the console.
 */
package dev.parley.data.file;
