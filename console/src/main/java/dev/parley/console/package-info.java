/**
 * Where people say which of two answers is better.
 *
 * <p>Comes in: pairs of answers, and verdicts from a page. Goes out: {@code Preference} events on
 * the topic {@code preferences}, from which reward models learn what step 4 scores by; files of the
 * same; and how far those who judged agree. Browsers and {@code parley console} call it; it calls
 * policies, where their answers are compared while they serve.
 *
 * <p>A verdict goes {@link dev.parley.console.page} (forms, who is signed in) → {@link
 * dev.parley.console.comparison} (which pair is in front of whom) → {@link
 * dev.parley.console.verdict} (what was said, in one transaction with its event) → {@link
 * dev.parley.console.outbox} (events, once they can no longer be undone). All state is in
 * PostgreSQL, so several of these services serve the same studies.
 */
package dev.parley.console;
