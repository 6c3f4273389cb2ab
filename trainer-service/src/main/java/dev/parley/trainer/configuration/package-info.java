/**
 * Reads a run's configuration: a YAML file, single values set on the command line, and the defaults
 * written beside each setting.
 *
 * <p>Comes in: the file and {@code key=value} texts. Goes out: a recipe's typed configuration and
 * the whole of it as resolved. Called by the trainer's entry point.
 */
package dev.parley.trainer.configuration;
