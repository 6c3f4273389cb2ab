/**
 * AI feedback: models that judge, revise and label, and the statistics of comparisons.
 *
 * <p>Read {@code chat} (asking a model over HTTP), then {@code verdict} (judges), {@code
 * constitution} (critique, revision and labels by principles), {@code rating} (win rates and
 * ratings; no network). Entry test of this module: about judgements by models, and used by the
 * command line and the reward service both. It knows the JDK, Jackson and SnakeYAML, and nothing of
 * Parley beside it.
 */
package dev.parley.judge;
