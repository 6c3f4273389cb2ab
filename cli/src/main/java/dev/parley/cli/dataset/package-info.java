/**
 * {@code parley data}: looks at datasets before anything is trained on them, and prepares them.
 *
 * <p>In: names of files. Out: what is in them, what is wrong with them, and files of rows in other
 * shapes, formats and parts. Reading, writing and comparing are in the module {@code data}.
 */
package dev.parley.cli.dataset;
