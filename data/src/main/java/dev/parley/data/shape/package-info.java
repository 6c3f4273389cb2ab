/**
 * The shapes that a row of a dataset can have, one small class each.
 *
 * <p>In: the fields of one JSON object. Out: one {@link dev.parley.data.Example}, or an {@link
 * dev.parley.data.InvalidExampleException} that says what was found and what was expected. {@link
 * dev.parley.data.shape.RowShapes} lists them all and recognises a row's shape from its keys.
 * Called by the readers and writers in {@code dev.parley.data.file}. {@code docs/data.md} shows
 * every shape with an example.
 */
package dev.parley.data.shape;
