package dev.parley.data.similarity;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The runs of words of an evaluation set, and which of them a training text holds: the check of
 * Brown et al., "Language models are few-shot learners" (2020), appendix C, with its 13 words. A
 * text of fewer words than a run is found only where a training text is that and nothing more.
 * Memory: about 60 bytes for each word of the evaluation set.
 *
 * @param <P> how an evaluation row is named
 */
public final class Overlaps<P> {

  /**
   * What a training text shares with an evaluation row.
   *
   * @param with the evaluation row in which the first of the shared words stand
   * @param words how many of the text's words are in a shared run
   * @param of how many words the text has
   * @param passage the first shared words, up to where the sharing ends
   * @param <P> how an evaluation row is named
   */
  public record Overlap<P>(P with, int words, int of, String passage) {}

  private final int runWords;
  private final Map<Long, P> runs = new HashMap<>();
  private final Map<Long, P> shortTexts = new HashMap<>();

  /**
   * Nothing to overlap with yet.
   *
   * @param runWords how many words in a row two texts must share
   */
  public Overlaps(int runWords) {
    if (runWords < 1) {
      throw new IllegalArgumentException("a run has " + runWords + " words; expected one or more");
    }
    this.runWords = runWords;
  }

  /** Adds a text of the evaluation set. */
  public void add(String text, P place) {
    List<String> words = Words.of(text);
    Map<Long, P> into = words.size() < runWords ? shortTexts : runs;
    for (long run : Words.runs(words, runWords)) {
      into.putIfAbsent(run, place);
    }
  }

  /** What a training text shares; empty if nothing. */
  public Optional<Overlap<P>> of(String text) {
    List<String> words = Words.of(text);
    long[] all = Words.runs(words, runWords);
    Map<Long, P> known = words.size() < runWords ? shortTexts : runs;
    int size = Math.min(runWords, words.size());
    P with = null;
    int shared = 0;
    int sharedUpTo = 0;
    int passageStart = 0;
    int passageEnd = 0;
    for (int i = 0; i < all.length; i++) {
      P place = known.get(all[i]);
      if (place == null) {
        continue;
      }
      int end = i + size;
      shared += end - Math.max(i, sharedUpTo);
      if (with == null) {
        with = place;
        passageStart = i;
        passageEnd = end;
      } else if (passageEnd == sharedUpTo && end == sharedUpTo + 1) {
        passageEnd = end;
      }
      sharedUpTo = end;
    }
    return with == null
        ? Optional.empty()
        : Optional.of(
            new Overlap<>(
                with,
                shared,
                words.size(),
                String.join(" ", words.subList(passageStart, passageEnd))));
  }
}
