package dev.parley.serving.spelling;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.TreeSet;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Finds what a misspelt word may have been meant to be. */
public final class Spelling {

  private static final LevenshteinDistance DISTANCE = LevenshteinDistance.getDefaultInstance();

  private Spelling() {}

  /** Returns how many letters have to be changed, added or dropped. */
  public static int distance(String word, String other) {
    return DISTANCE.apply(word, other);
  }

  /**
   * Returns the nearest word; of several that are as near, the first in the alphabet.
   *
   * @param known the words that there are
   */
  public static Optional<String> nearest(String word, Collection<String> known) {
    return new TreeSet<>(known)
        .stream().min(Comparator.comparingInt((String other) -> distance(word, other)));
  }

  /**
   * Ends a sentence about an unknown word.
   *
   * @param known the words that there are
   */
  public static String suggest(String word, Collection<String> known) {
    return nearest(word, known)
        .map(nearest -> "did you mean \"" + nearest + "\"?")
        .orElse("there are none");
  }
}
