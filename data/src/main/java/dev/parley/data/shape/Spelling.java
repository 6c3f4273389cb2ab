package dev.parley.data.shape;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds the name that somebody meant. */
public final class Spelling {

  private Spelling() {}

  /** {@code "; did you mean \"user\"?"} if a known name is near, else nothing. */
  public static String suggestion(String found, Collection<String> known) {
    return known.stream()
        .filter(name -> edits(found, name) <= Math.max(1, name.length() / 4))
        .min(
            Comparator.comparingInt((String name) -> edits(found, name))
                .thenComparing(name -> name))
        .map(name -> "; did you mean \"" + name + "\"?")
        .orElse("");
  }

  /** Levenshtein distance, ignoring case. */
  private static int edits(String found, String known) {
    String a = found.toLowerCase(Locale.ROOT);
    int[] row = new int[known.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= known.length(); j++) {
        int change = diagonal + (a.charAt(i - 1) == known.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(change, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[known.length()];
  }
}
