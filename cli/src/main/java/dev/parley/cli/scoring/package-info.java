/**
 * {@code parley score}: what a reward model or rules say about answers.
 *
 * <p>Comes in: rows with answers, or one prompt with its answers. Goes out: a JSON line per answer,
 * and a summary. The numbers always come from a reward service, one that runs or one that is
 * started for the command, so they are those that training sees.
 */
package dev.parley.cli.scoring;
