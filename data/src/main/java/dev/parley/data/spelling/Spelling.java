package dev.parley.data.spelling;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds the name that somebody meant. */
public final class Spelling {

  private Spelling() {}

  /**
   * Returns the name that is fewest letters away; one that was begun and not ended comes first.
   *
   * @param misspelt what was written
   * @param names what there is, at least one
   */
  public static String nearest(String misspelt, Collection<String> names) {
    return names.stream()
        .min(
            Comparator.comparing((String name) -> misspelt.isEmpty() || !name.startsWith(misspelt))
                .thenComparing(name -> edits(misspelt, name)))
        .orElseThrow();
  }

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

  /** Letters to insert, drop, change or swap with their neighbour, ignoring case. */
  private static int edits(String found, String known) {
    String a = found.toLowerCase(Locale.ROOT);
    String b = known.toLowerCase(Locale.ROOT);
    int[][] edits = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          edits[i][j] = i + j;
          continue;
        }
        boolean same = a.charAt(i - 1) == b.charAt(j - 1);
        int best = Math.min(edits[i - 1][j], edits[i][j - 1]) + 1;
        best = Math.min(best, edits[i - 1][j - 1] + (same ? 0 : 1));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == b.charAt(j - 2)
                && a.charAt(i - 2) == b.charAt(j - 1);
        edits[i][j] = swapped ? Math.min(best, edits[i - 2][j - 2] + 1) : best;
      }
    }
    return edits[a.length()][b.length()];
  }
}
