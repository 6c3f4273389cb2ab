package dev.parley.cli.judging;

import java.util.Iterator;

/**
 * A thing with its place in a row of things, from which its own random numbers are drawn.
 *
 * @param number counted from 0
 * @param thing the thing
 */
public record Numbered<T>(long number, T thing) {

  /** Numbers things as they come. */
  public static <T> Iterator<Numbered<T>> of(Iterator<T> things) {
    return new Iterator<>() {
      private long number;

      @Override
      public boolean hasNext() {
        return things.hasNext();
      }

      @Override
      public Numbered<T> next() {
        return new Numbered<>(number++, things.next());
      }
    };
  }
}
