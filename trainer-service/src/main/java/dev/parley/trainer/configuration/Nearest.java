package dev.parley.trainer.configuration;

import java.util.Collection;
import java.util.Comparator;
import org.apache.commons.text.similarity.LevenshteinDistance;

/** Guesses what a user meant who misspelt a name. */
public final class Nearest {

  private Nearest() {}

  /**
   * Returns the name that is fewest letters away; one that was begun and not ended comes first.
   *
   * @param misspelt what was written
   * @param names what there is, at least one
   */
  public static String to(String misspelt, Collection<String> names) {
    LevenshteinDistance distance = LevenshteinDistance.getDefaultInstance();
    return names.stream()
        .min(
            Comparator.comparing((String name) -> misspelt.isEmpty() || !name.startsWith(misspelt))
                .thenComparing(name -> distance.apply(misspelt, name)))
        .orElseThrow();
  }
}
