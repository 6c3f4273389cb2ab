package dev.parley.console.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.console.study.NewPair;
import dev.parley.console.verdict.Choice;
import dev.parley.console.verdict.VerdictRow;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StudyFiguresTest {

  private final StudyFigures.Collector collector = new StudyFigures.Collector();

  private void add(
      long pair,
      String annotator,
      Choice choice,
      boolean firstLeft,
      double seconds,
      String models) {
    String[] names = models.split(" ");
    collector.add(
        new VerdictRow(
            "",
            pair,
            "q" + pair,
            List.of(),
            new NewPair.Answers(List.of(), List.of(), Optional.of(names[0]), Optional.of(names[1])),
            annotator,
            choice,
            Optional.empty(),
            choice == Choice.PROBLEM ? "cut short" : "",
            firstLeft,
            seconds,
            Instant.EPOCH));
  }

  @Test
  void aWinIsOneATieAHalfAndWhatSaysNothingDoesNotCount() {
    add(1, "anna", Choice.FIRST, true, 4, "x y");
    add(2, "anna", Choice.SECOND, true, 6, "y x");
    add(3, "anna", Choice.BOTH_BAD, true, 8, "x y");
    add(4, "anna", Choice.SKIP, true, 99, "x y");
    add(5, "anna", Choice.PROBLEM, true, 99, "x y");

    StudyFigures figures = collector.figures();

    assertThat(figures.models()).extracting(StudyFigures.Model::name).containsExactly("x", "y");
    assertThat(figures.models().get(0).wins().hits()).isEqualTo(2.5);
    assertThat(figures.models().get(0).wins().all()).isEqualTo(3);
    assertThat(figures.models().get(1).wins().hits()).isEqualTo(0.5);
    assertThat(figures.medianSeconds()).isEqualTo(6);
    assertThat(figures.problems())
        .containsExactly(new StudyFigures.Problem(5, "q5", "anna", "cut short"));
  }

  @Test
  void theLeftSideIsThatOfThePageAndTiesHaveNone() {
    add(1, "anna", Choice.FIRST, true, 1, "x y");
    add(2, "anna", Choice.SECOND, false, 1, "x y");
    add(3, "ben", Choice.FIRST, false, 1, "x y");
    add(4, "ben", Choice.SAME, true, 1, "x y");

    StudyFigures figures = collector.figures();

    assertThat(figures.left().hits()).isEqualTo(2);
    assertThat(figures.left().all()).isEqualTo(3);
    assertThat(figures.annotators().get(0).left().share()).isEqualTo(1);
    assertThat(figures.annotators().get(1).left().share()).isZero();
    assertThat(figures.annotators().get(1).ties().share()).isEqualTo(0.5);
  }

  @Test
  void tiesOfBothKindsAgree() {
    add(1, "anna", Choice.SAME, true, 1, "x y");
    add(1, "ben", Choice.BOTH_BAD, false, 1, "x y");
    add(2, "anna", Choice.FIRST, true, 1, "x y");
    add(2, "ben", Choice.SECOND, false, 1, "x y");

    assertThat(collector.figures().agreement().share()).isEqualTo(0.5);
  }

  @Test
  void everyTimeFallsIntoOneBin() {
    List<TimeBins.Bin> bins = TimeBins.of(List.of(0.0, 4.9, 5.0, 179.0, 180.0, 4000.0));

    assertThat(bins.get(0)).isEqualTo(new TimeBins.Bin("<5", 2));
    assertThat(bins.get(1)).isEqualTo(new TimeBins.Bin("<10", 1));
    assertThat(bins.get(bins.size() - 1)).isEqualTo(new TimeBins.Bin("≥180", 2));
    assertThat(bins.stream().mapToLong(TimeBins.Bin::count).sum()).isEqualTo(6);
  }
}
