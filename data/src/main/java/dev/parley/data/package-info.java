/**
 * What people and tests say about answers, as values: conversations, demonstrations, preferences,
 * rankings, ratings, solutions in labelled steps, and prompts.
 *
 * <p>In: plain turns of text. Out: immutable records whose constructors refuse what no later step
 * could use, a split that keeps rows of one conversation on one side, and how far scores agree with
 * preferences. Called by the trainer, the command line and later the console. Files are read and
 * written in {@code dev.parley.data.file}; the shapes that rows come in are in {@code
 * dev.parley.data.shape}.
 *
 * <p>Entry test of this module: true of preference data whatever the model. It knows no model, no
 * tokenizer, no topic and no wire format.
 */
package dev.parley.data;
