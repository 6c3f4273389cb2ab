/**
 * Calls that wait for one thread to work on them together.
 *
 * <p>In: what several callers ask. Out: enough of it for a batch, the oldest first. Between a
 * service's edge, which decides on status codes, and its one worker.
 */
package dev.parley.serving.calls;
