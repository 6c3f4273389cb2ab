package dev.parley.bench.own;

/**
 * Something that Parley does and whose speed is of interest: a record that travels as JSON.
 *
 * @param <R> its figures, a record too
 */
public interface Work<R> {

  /** Does it, in this process. */
  R run();
}
