package dev.parley.data.summary;

import dev.parley.data.ChatTurn;
import dev.parley.data.Fingerprint;
import dev.parley.data.Preference;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How far those who judged the same two answers agree: which is better, or neither.
 *
 * @param annotators names that differ
 * @param pairs pairs of answers that were judged more than once
 * @param judgements of these pairs
 * @param agreeing couples of judgements of one pair that say the same
 * @param couples all couples of judgements of one pair
 * @param alpha Krippendorff's alpha, nominal: 1 if all agree, 0 if as much as by chance; NaN where
 *     chance says nothing, with one verdict alone or none
 */
public record AnnotatorAgreement(
    int annotators, long pairs, long judgements, long agreeing, long couples, double alpha) {

  private static final int VERDICTS = 3;

  /** The share of couples that say the same, 0 to 1; NaN without any. */
  public double share() {
    return (double) agreeing / couples;
  }

  /** Collects judgements. Memory: about 150 bytes a pair. */
  public static final class Collector {

    private final Map<Fingerprint, int[]> verdicts = new HashMap<>();
    private final Set<String> names = new HashSet<>();

    /** Adds a judgement. */
    public void add(Preference pair) {
      if (!pair.annotator().isEmpty()) {
        names.add(pair.annotator());
      }
      Fingerprint chosen = Fingerprint.of(pair.chosen());
      Fingerprint rejected = Fingerprint.of(pair.rejected());
      // In an order that depends on the texts alone, so that both judgements name the same pair.
      boolean inOrder = chosen.compareTo(rejected) <= 0;
      List<ChatTurn> key = new ArrayList<>(pair.prompt());
      key.addAll(inOrder ? pair.chosen() : pair.rejected());
      key.addAll(inOrder ? pair.rejected() : pair.chosen());
      int verdict = pair.tie() ? 2 : inOrder ? 0 : 1;
      verdicts.computeIfAbsent(Fingerprint.of(key), ignored -> new int[VERDICTS])[verdict]++;
    }

    /** The agreement so far. */
    public AnnotatorAgreement agreement() {
      long pairs = 0;
      long judgements = 0;
      long agreeing = 0;
      long couples = 0;
      double observed = 0;
      long[] totals = new long[VERDICTS];
      for (int[] counts : verdicts.values()) {
        long judged = 0;
        long squares = 0;
        for (int count : counts) {
          judged += count;
          squares += (long) count * count;
        }
        if (judged < 2) {
          continue;
        }
        pairs++;
        judgements += judged;
        agreeing += (squares - judged) / 2;
        couples += judged * (judged - 1) / 2;
        observed += (double) (judged * judged - squares) / (judged - 1);
        for (int verdict = 0; verdict < VERDICTS; verdict++) {
          totals[verdict] += counts[verdict];
        }
      }
      double expected = (double) judgements * judgements;
      for (long total : totals) {
        expected -= (double) total * total;
      }
      // Krippendorff, "Computing Krippendorff's alpha-reliability" (2011), nominal data.
      double alpha = 1 - (judgements - 1) * observed / expected;
      return new AnnotatorAgreement(names.size(), pairs, judgements, agreeing, couples, alpha);
    }
  }
}
