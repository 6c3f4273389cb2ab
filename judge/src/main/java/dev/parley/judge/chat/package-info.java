/**
 * Asking a language model over HTTP, in OpenAI's chat format.
 *
 * <p>In: messages, and an endpoint with its limits and prices. Out: the model's answer, with the
 * log-probabilities of its tokens where they were asked for, or one error that says whether the
 * next question may fare better. Busy endpoints are asked again, with pauses; answers are kept on
 * disk by the content of the question, so that a second run costs nothing. Called by the judges, by
 * constitutions, by the command line and by the reward service.
 */
package dev.parley.judge.chat;
