package dev.parley.data.similarity;

import java.lang.Character.UnicodeScript;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * The words of a text, for comparing: runs of letters and digits in lower case. Punctuation, white
 * space and case do not count. A character of a script that writes no spaces between words
 * (Chinese, Japanese, Thai and their kin) is a word.
 */
public final class Words {

  private Words() {}

  /** The words in order. */
  public static List<String> of(String text) {
    List<String> words = new ArrayList<>();
    int start = -1;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      int next = i + Character.charCount(c);
      boolean alone = writesNoSpaces(c);
      boolean letter = !alone && (Character.isLetterOrDigit(c) || isMark(c));
      if (start >= 0 && !letter) {
        words.add(text.substring(start, i).toLowerCase(Locale.ROOT));
        start = -1;
      } else if (start < 0 && letter) {
        start = i;
      }
      if (alone) {
        words.add(text.substring(i, next));
      }
      i = next;
    }
    if (start >= 0) {
      words.add(text.substring(start).toLowerCase(Locale.ROOT));
    }
    return words;
  }

  /**
   * One number for each run of words.
   *
   * @param length words in a run; fewer words than that make one run
   * @return as many as there are runs, in order; none without words
   */
  static long[] runs(List<String> words, int length) {
    if (words.isEmpty()) {
      return new long[0];
    }
    int size = Math.min(length, words.size());
    long[] word = words.stream().mapToLong(Words::hash).toArray();
    long[] runs = new long[word.length - size + 1];
    for (int i = 0; i < runs.length; i++) {
      long run = size;
      for (int j = i; j < i + size; j++) {
        run = mix(run * 0x9E3779B97F4A7C15L + word[j]);
      }
      runs[i] = run;
    }
    return runs;
  }

  private static long hash(String word) {
    long hash = 0xCBF29CE484222325L;
    for (int i = 0; i < word.length(); i++) {
      hash = (hash ^ word.charAt(i)) * 0x100000001B3L;
    }
    return mix(hash);
  }

  /** SplitMix64's finalizer: every bit of the input reaches every bit of the output. */
  static long mix(long bits) {
    long z = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  private static boolean isMark(int c) {
    int type = Character.getType(c);
    return type == Character.NON_SPACING_MARK || type == Character.COMBINING_SPACING_MARK;
  }

  private static boolean writesNoSpaces(int c) {
    if (c < 0x0E00) {
      return false;
    }
    return switch (UnicodeScript.of(c)) {
      case HAN, HIRAGANA, KATAKANA, THAI, LAO, KHMER, MYANMAR -> Character.isLetterOrDigit(c);
      default -> false;
    };
  }
}
