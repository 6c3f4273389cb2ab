package dev.parley.data.file;

import dev.parley.data.Example;

/**
 * One row of a dataset.
 *
 * @param example what it says
 * @param place where it stands
 * @param shape the name of the shape that it was read as
 * @param <T> the kind of example
 */
public record Row<T extends Example>(T example, RowPlace place, String shape) {}
