/**
 * What a person sees: colours, tables, progress.
 *
 * <p>In: numbers and texts. Out: characters on standard output and standard error; colours and
 * moving lines only where a person looks at a terminal, plain lines where the output is a file or a
 * pipe. Called by every command.
 */
package dev.parley.cli.terminal;
