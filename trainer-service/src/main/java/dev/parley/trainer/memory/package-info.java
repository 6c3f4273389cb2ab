/**
 * How much memory there is.
 *
 * <p>Comes in: what the operating system says of machine and container. Callers: the recipes'
 * shared settings.
 */
package dev.parley.trainer.memory;
