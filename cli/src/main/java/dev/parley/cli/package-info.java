/**
 * The {@code parley} command.
 *
 * <p>In: arguments, environment variables, a terminal. Out: text on the terminal, processes, and an
 * exit code. {@link dev.parley.cli.Parley} is called by the launcher script at the repository's
 * root.
 *
 * <p>Commands stand in the order in which a newcomer meets them. A new one is a class in the
 * package of its subject, and an entry in {@code Parley}'s list.
 */
package dev.parley.cli;
