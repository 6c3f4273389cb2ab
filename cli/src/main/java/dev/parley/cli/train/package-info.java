/**
 * {@code parley train}: starts the trainer as a process, and the services that it needs where none
 * run.
 *
 * <p>Comes in: a recipe and settings. Goes out: a run's directory. The trainer checks the settings.
 */
package dev.parley.cli.train;
