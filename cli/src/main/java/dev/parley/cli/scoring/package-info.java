/**
 * {@code parley score}: what a reward model, rules or verifiers say about answers.
 *
 * <p>Comes in: rows with answers, or one prompt with its answers. Goes out: a JSON line per answer,
 * and a summary. With {@code --scorer} the reward service's scorers run in this process ({@link
 * dev.parley.cli.scoring.LocalScoring}); otherwise a reward service is asked, one that runs or one
 * that is started for the command. Either way the numbers are those that training sees.
 */
package dev.parley.cli.scoring;
