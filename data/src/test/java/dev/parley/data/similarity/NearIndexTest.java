package dev.parley.data.similarity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NearIndexTest {

  @Test
  void caseAndPunctuationDoNotCountAndScriptsWithoutSpacesAreReadByCharacter() {
    assertThat(Words.of("Don't  stop, NOW! 3.5"))
        .containsExactly("don", "t", "stop", "now", "3", "5");
    assertThat(Words.of("海は塩辛い salty")).containsExactly("海", "は", "塩", "辛", "い", "salty");
    assertThat(Words.of(" …! ")).isEmpty();
  }

  /** Against the sets themselves, counted. */
  @Test
  void signaturesAgreeInTheShareOfRunsThatTextsHaveInCommon() {
    SplittableRandom random = new SplittableRandom(7);
    MinHash hash = new MinHash(2);
    double worst = 0;
    double sum = 0;
    int texts = 40;
    for (int i = 0; i < texts; i++) {
      List<String> a = words(random, 120);
      List<String> b = new ArrayList<>(a.subList(0, 20 + 2 * i));
      b.addAll(words(random, 100 - 2 * i));
      double error =
          MinHash.resemblance(
                  hash.signature(String.join(" ", a)), hash.signature(String.join(" ", b)))
              - jaccard(a, b);
      worst = Math.max(worst, Math.abs(error));
      sum += error;
    }
    // The standard error is sqrt(J (1 - J) / 128), at most 0.044.
    assertThat(worst).isLessThan(0.15);
    assertThat(sum / texts).isCloseTo(0, within(0.02));
  }

  @Test
  void aPairAtTheThresholdIsFoundInNinetyNineOfAHundredCases() {
    for (double threshold : new double[] {0.3, 0.5, 0.8, 0.95, 1}) {
      int rows = NearIndex.rowsOfBand(threshold);
      int bands = MinHash.PLACES / rows;
      assertThat(1 - Math.pow(1 - Math.pow(threshold, rows), bands)).isGreaterThanOrEqualTo(0.99);
    }
    assertThat(NearIndex.rowsOfBand(0.8)).isEqualTo(6);
  }

  @Test
  void theIndexFindsWhatComparingWithAllFinds() {
    SplittableRandom random = new SplittableRandom(3);
    MinHash hash = new MinHash(1);
    NearIndex index = new NearIndex(0.6);
    List<int[]> all = new ArrayList<>();
    List<String> base = words(random, 50);
    int found = 0;
    int near = 0;
    for (int i = 0; i < 120; i++) {
      List<String> text = new ArrayList<>(base.subList(0, random.nextInt(1, 50)));
      text.addAll(words(random, 50 - text.size()));
      int[] signature = hash.signature(String.join(" ", text));
      Set<Integer> expected = new HashSet<>();
      for (int j = 0; j < all.size(); j++) {
        if (MinHash.resemblance(signature, all.get(j)) >= 0.6) {
          expected.add(j);
        }
      }
      near += expected.size();
      for (NearIndex.Near hit : index.near(signature)) {
        assertThat(expected).contains(hit.index());
        found++;
      }
      index.add(signature);
      all.add(signature);
    }
    assertThat(near).isGreaterThan(50);
    assertThat((double) found / near).isGreaterThan(0.97);
  }

  @Test
  void aThresholdOutOfRangeIsRefused() {
    assertThatThrownBy(() -> new NearIndex(0)).hasMessageContaining("the threshold is 0.0");
    assertThatThrownBy(() -> new NearIndex(1.1)).hasMessageContaining("up to 1");
  }

  private static List<String> words(SplittableRandom random, int count) {
    List<String> words = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      words.add("w" + random.nextInt(5000));
    }
    return words;
  }

  private static double jaccard(List<String> a, List<String> b) {
    Set<String> one = pairs(a);
    Set<String> both = pairs(b);
    Set<String> union = new HashSet<>(one);
    union.addAll(both);
    both.retainAll(one);
    return (double) both.size() / union.size();
  }

  private static Set<String> pairs(List<String> words) {
    Set<String> pairs = new HashSet<>();
    for (int i = 1; i < words.size(); i++) {
      pairs.add(words.get(i - 1) + " " + words.get(i));
    }
    return pairs;
  }
}
