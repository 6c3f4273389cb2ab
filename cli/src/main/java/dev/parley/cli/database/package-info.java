/**
 * A PostgreSQL for one machine, or for trials in a cluster, so that the console runs where nothing
 * is installed.
 *
 * <p>In: a directory, a database's name, its user, and a password from the environment. Out: a
 * server that stops with this process. {@code parley console} starts it as a process of its own
 * through the command {@code parley database}. Whoever has a PostgreSQL gives its address to the
 * console instead.
 */
package dev.parley.cli.database;
