/**
 * {@code parley data}: looks at datasets before anything is trained on them.
 *
 * <p>In: names of files. Out: their numbers, their first rows, their bad rows. Reading itself is in
 * the module {@code data}.
 */
package dev.parley.cli.dataset;
