package dev.parley.data.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.data.ChatTurn;
import dev.parley.data.PairGrades;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

class StatisticsTest {

  /**
   * Four pairs, two judges. Three agree (a better), on the fourth one says a, the other b. Of 8
   * verdicts 7 are a: observed disagreement 2/8, expected (64 - 49 - 1) / (8 · 7) = 14/56, alpha 1
   * - 0.25 / 0.25 = 0. Which text is called a differs from pair to pair in the collector, so all
   * pairs hold the same two.
   */
  @Test
  void alphaIsThatOfPaperAndPencil() {
    AnnotatorAgreement.Collector collector = new AnnotatorAgreement.Collector();
    for (int pair = 0; pair < 4; pair++) {
      collector.add(judged("q" + pair, false, false, "anna"));
      collector.add(judged("q" + pair, pair == 3, false, "ben"));
    }
    collector.add(judged("alone", false, false, "anna"));

    AnnotatorAgreement agreement = collector.agreement();

    assertThat(agreement.annotators()).isEqualTo(2);
    assertThat(agreement.pairs()).isEqualTo(4);
    assertThat(agreement.judgements()).isEqualTo(8);
    assertThat(agreement.share()).isEqualTo(0.75);
    assertThat(agreement.alpha()).isCloseTo(0, within(1e-12));
  }

  @Test
  void aTieIsAVerdictOfItsOwnAndAllAgreeingIsOne() {
    AnnotatorAgreement.Collector collector = new AnnotatorAgreement.Collector();
    collector.add(judged("q", false, true, "anna"));
    collector.add(judged("q", false, true, "ben"));
    collector.add(judged("r", true, false, "anna"));
    collector.add(judged("r", true, false, "ben"));

    assertThat(collector.agreement().alpha()).isEqualTo(1);
    collector.add(judged("r", false, true, "carl"));
    assertThat(collector.agreement().agreeing()).isEqualTo(2);
    assertThat(collector.agreement().couples()).isEqualTo(4);
  }

  @Test
  void gradedPairsAreSortedByWhatTheyCompare() {
    List<PairGrades> grades =
        List.of(
            new PairGrades(9, 8),
            new PairGrades(7, 2),
            new PairGrades(3, 1),
            new PairGrades(2, 9),
            new PairGrades(5, 5));

    GradeShares shares = GradeShares.of(grades, OptionalDouble.of(7));

    assertThat(shares).isEqualTo(new GradeShares(7, 1, 9, 1, 1, 1, 2, 1));
    assertThat(GradeShares.of(grades, OptionalDouble.empty()).goodFrom()).isEqualTo(5);
  }

  @Test
  void lengthsLieInBinsThatDouble() {
    LengthTable table = new LengthTable(String::length);
    for (int length : new int[] {1, 2, 3, 4, 7, 8}) {
      table.add(
          Preference.of(List.of(ChatTurn.user("x".repeat(length))), "a", "b".repeat(length - 1)));
    }

    assertThat(table.parts().keySet()).containsExactly("prompt", "chosen", "rejected");
    assertThat(table.parts().get("prompt").histogram().counts())
        .containsExactly(0L, 1L, 2L, 2L, 1L);
    assertThat(table.parts().get("rejected").histogram().counts()).containsExactly(1L, 1L, 2L, 2L);
    assertThat(Histogram.label(0)).isEqualTo("0");
    assertThat(Histogram.label(3)).isEqualTo("4–7");
  }

  private static Preference judged(String question, boolean swapped, boolean tie, String name) {
    List<ChatTurn> one = List.of(ChatTurn.assistant("one"));
    List<ChatTurn> two = List.of(ChatTurn.assistant("two"));
    return new Preference(
        List.of(ChatTurn.user(question)),
        swapped ? two : one,
        swapped ? one : two,
        OptionalDouble.empty(),
        tie,
        PreferenceSource.HUMAN,
        name);
  }
}
