/**
 * {@code parley quickstart}: the whole loop on this machine, on a task that we made, so that the
 * true quality of an answer is known.
 *
 * <p>Comes in: nothing but options. Goes out: a run's directory with a trained model, figures and a
 * report. Drives the services as separate processes.
 */
package dev.parley.cli.quickstart;
