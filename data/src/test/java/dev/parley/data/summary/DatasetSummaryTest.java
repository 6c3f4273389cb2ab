package dev.parley.data.summary;

import static dev.parley.data.ChatTurn.assistant;
import static dev.parley.data.ChatTurn.user;
import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.data.Demonstration;
import dev.parley.data.Example;
import dev.parley.data.Preference;
import dev.parley.data.PreferenceSource;
import dev.parley.data.PromptRow;
import dev.parley.data.file.Row;
import dev.parley.data.file.RowPlace;
import dev.parley.data.file.SkippedRows;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DatasetSummaryTest {

  @Test
  void rowsAreCountedByKindAndShape() {
    DatasetSummary summary =
        summary(
            PromptRow.of(user("a")),
            PromptRow.of(user("b")),
            new Demonstration(List.of(user("c"), assistant("d")), "notes"));

    assertThat(summary.rows()).isEqualTo(3);
    assertThat(summary.byKind())
        .containsExactly(Map.entry("demonstration", 1L), Map.entry("prompt", 2L));
    assertThat(summary.byShape()).containsExactly(Map.entry("parley", 3L));
    assertThat(summary.turns()).isEqualTo(4);
  }

  @Test
  void quantilesAreLengthsThatOccur() {
    Example[] prompts =
        IntStream.rangeClosed(1, 100)
            .mapToObj(length -> PromptRow.of(user("x".repeat(length))))
            .toArray(Example[]::new);

    assertThat(summary(prompts).promptLengths())
        .isEqualTo(new Lengths(100, 50.5, 1, 50, 90, 99, 100));
  }

  @Test
  void aCharacterOutsideTheBasicPlaneCountsOnce() {
    assertThat(summary(PromptRow.of(user("\uD83C\uDF0A!"))).promptLengths().max()).isEqualTo(2);
  }

  @Test
  void nothingToMeasureIsZeroNotAnError() {
    assertThat(summary().promptLengths()).isEqualTo(new Lengths(0, 0, 0, 0, 0, 0, 0));
    assertThat(summary().repeatedPromptShare()).isZero();
    assertThat(summary().preferences().chosenLongerShare()).isEqualTo(0.5);
  }

  @Test
  void repeatedPromptsAreThoseSeenBefore() {
    DatasetSummary summary =
        summary(
            PromptRow.of(user("a")),
            Preference.of(List.of(user("a")), "b", "c"),
            PromptRow.of(user("a")),
            PromptRow.of(user("b")));

    assertThat(summary.repeatedPrompts()).isEqualTo(2);
    assertThat(summary.repeatedPromptShare()).isEqualTo(0.5);
  }

  @Test
  void theBalanceOfPairsSaysWhetherLengthGivesTheLabelAway() {
    PreferenceBalance balance =
        summary(
                pair("long", "l", OptionalDouble.of(2), false),
                pair("longer", "l", OptionalDouble.empty(), false),
                pair("s", "long", OptionalDouble.empty(), false),
                pair("even", "four", OptionalDouble.empty(), false),
                pair("tied", "t", OptionalDouble.empty(), true),
                pair("", "x", OptionalDouble.empty(), false))
            .preferences();

    assertThat(balance.pairs()).isEqualTo(6);
    assertThat(balance.ties()).isEqualTo(1);
    assertThat(balance.chosenLonger()).isEqualTo(2);
    assertThat(balance.rejectedLonger()).isEqualTo(2);
    assertThat(balance.chosenLongerShare()).isEqualTo(0.5);
    assertThat(balance.emptyAnswers()).isEqualTo(1);
    assertThat(balance.marginShare()).isEqualTo(1.0 / 6);
    assertThat(balance.bySource()).containsExactly(Map.entry(PreferenceSource.HUMAN, 6L));
  }

  @Test
  void turnsThatDoNotAlternateAreCounted() {
    assertThat(
            summary(
                    PromptRow.of(user("a"), user("b")),
                    PromptRow.of(user("a"), assistant("b"), user("c")))
                .unevenTurns())
        .isEqualTo(1);
  }

  @Test
  void referenceAnswersAreCounted() {
    assertThat(
            summary(
                    new PromptRow(List.of(user("a")), Optional.of("1"), Map.of()),
                    PromptRow.of(user("b")))
                .referenceAnswers())
        .isEqualTo(1);
  }

  private static Preference pair(
      String chosen, String rejected, OptionalDouble margin, boolean tie) {
    return new Preference(
        List.of(user("Q")),
        List.of(assistant(chosen)),
        List.of(assistant(rejected)),
        margin,
        tie,
        PreferenceSource.HUMAN,
        "anna");
  }

  private static DatasetSummary summary(Example... examples) {
    DatasetSummary.Collector collector = new DatasetSummary.Collector();
    for (int i = 0; i < examples.length; i++) {
      collector.add(new Row<>(examples[i], new RowPlace(Path.of("rows.jsonl"), i + 1), "parley"));
    }
    return collector.summary(SkippedRows.NONE);
  }
}
