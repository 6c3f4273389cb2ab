/**
 * What a study's verdicts say together.
 *
 * <p>In: verdicts. Out: how far those who judged agree, whether a side of the page was favoured,
 * how long they took, how often each model won. Called by the owner's page.
 */
package dev.parley.console.agreement;
