/**
 * What each family of models looks like: one file per family, which turns a Hugging Face {@code
 * config.json} into a {@link dev.parley.model.decoder.DecoderShape} and names the tensors of its
 * checkpoints.
 *
 * <p>To add a family, write one class and add it to {@link dev.parley.model.family.Families}.
 */
package dev.parley.model.family;
