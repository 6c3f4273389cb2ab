/**
 * How much memory there is, and how much a run needs.
 *
 * <p>Comes in: what the operating system says of machine and container; shapes of models, settings
 * and lengths of rows. Goes out: bytes, part by part. Callers: the recipes' shared settings.
 */
package dev.parley.trainer.memory;
