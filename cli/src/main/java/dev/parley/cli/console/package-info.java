/**
 * The pages on which people compare answers, on this machine.
 *
 * <p>In: a file of pairs, or of two models' answers. Out: a study in a browser, and a file of what
 * people preferred. The pages, their database and a broker are processes of their own, started and
 * stopped with the command; what was collected stays in a directory.
 */
package dev.parley.cli.console;
