package dev.parley.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class ExampleTest {

  private static final ChatTurn QUESTION = ChatTurn.user("Is the sea salty?");
  private static final ChatTurn YES = ChatTurn.assistant("Yes.");

  @Test
  void aDemonstrationsPromptIsWhatStandsBeforeItsLastAnswer() {
    Demonstration demonstration =
        new Demonstration(
            List.of(QUESTION, YES, ChatTurn.user("How salty?"), ChatTurn.assistant("3.5%.")),
            "notes");

    assertThat(demonstration.prompt()).containsExactly(QUESTION, YES, ChatTurn.user("How salty?"));
    assertThat(demonstration.asPrompt().referenceAnswer()).contains("3.5%.");
  }

  @Test
  void aDemonstrationWithoutAnAnswerIsRefused() {
    assertRefused(Defect.BROKEN_CONVERSATION, () -> new Demonstration(List.of(QUESTION), "notes"));
    assertRefused(Defect.BROKEN_CONVERSATION, () -> new Demonstration(List.of(YES), "notes"));
    assertRefused(
        Defect.EMPTY,
        () -> new Demonstration(List.of(QUESTION, ChatTurn.assistant(" \n")), "notes"));
  }

  @Test
  void aPromptEndsWithSomethingToAnswer() {
    assertRefused(Defect.BROKEN_CONVERSATION, () -> PromptRow.of(QUESTION, YES));
    assertRefused(Defect.BROKEN_CONVERSATION, PromptRow::of);
    assertRefused(Defect.EMPTY, () -> PromptRow.of(ChatTurn.user("")));
  }

  @Test
  void anEmptyAnswerMayBeTheBetterOne() {
    Preference preference = Preference.of(List.of(QUESTION), "", "No.");

    assertThat(preference.chosen()).containsExactly(ChatTurn.assistant(""));
    assertRefused(Defect.EMPTY, preference::chosenAsDemonstration);
  }

  @Test
  void equalAnswersArePreferredOnlyInATie() {
    assertRefused(Defect.SAME_ANSWERS, () -> Preference.of(List.of(QUESTION), "Yes.", "Yes."));

    assertThat(preference(OptionalDouble.empty(), true).tie()).isTrue();
  }

  @Test
  void aMarginIsFiniteAndNotNegative() {
    for (double margin : new double[] {-1, Double.NaN, Double.POSITIVE_INFINITY}) {
      assertRefused(Defect.WRONG_VALUE, () -> preference(OptionalDouble.of(margin), false));
    }
    assertThat(preference(OptionalDouble.of(0), false).margin()).hasValue(0);
  }

  @Test
  void aConfidenceIsHalfToOne() {
    for (double confidence : new double[] {0.49, 1.01, Double.NaN}) {
      assertRefused(Defect.WRONG_VALUE, () -> confident(confidence));
    }
    assertThat(confident(0.5).confidence()).hasValue(0.5);
    assertThat(preference(OptionalDouble.empty(), false).confidence()).isEmpty();
  }

  private static Preference confident(double confidence) {
    return new Preference(
        List.of(QUESTION),
        List.of(YES),
        List.of(ChatTurn.assistant("No.")),
        OptionalDouble.empty(),
        false,
        PreferenceSource.MODEL,
        "judge",
        OptionalDouble.of(confidence));
  }

  private static Ranking ranking(List<String> answers, List<Double> ranks) {
    return new Ranking(
        List.of(QUESTION),
        answers.stream().map(text -> List.of(ChatTurn.assistant(text))).toList(),
        ranks,
        PreferenceSource.HUMAN,
        "anna");
  }

  @Test
  void aRankingSaysAllPairsOfItsAnswersAndEqualRanksAreTies() {
    List<Preference> pairs = ranking(List.of("b", "a", "b2"), List.of(2.0, 1.0, 2.0)).pairs();

    assertThat(pairs)
        .extracting(
            pair -> pair.chosen().get(0).content(),
            pair -> pair.rejected().get(0).content(),
            Preference::tie)
        .containsExactly(tuple("a", "b", false), tuple("b", "b2", true), tuple("a", "b2", false));
    assertThat(pairs)
        .allMatch(
            pair -> pair.source() == PreferenceSource.HUMAN && pair.annotator().equals("anna"));
  }

  @Test
  void scoresGiveTheRanksOfTheirOrder() {
    List<List<ChatTurn>> answers =
        List.of(List.of(YES), List.of(ChatTurn.assistant("No.")), List.of(ChatTurn.assistant("")));

    assertThat(
            Ranking.ofScores(
                    List.of(QUESTION), answers, List.of(0.5, -3.0, 0.5), PreferenceSource.RULE, "")
                .ranks())
        .containsExactly(1.0, 3.0, 1.0);
    assertRefused(
        Defect.WRONG_VALUE,
        () ->
            Ranking.ofScores(
                List.of(QUESTION),
                answers,
                List.of(0.5, Double.NaN, 1.0),
                PreferenceSource.RULE,
                ""));
  }

  @Test
  void aRankingHasARankForEachOfSeveralAnswersAndOneRankForOneText() {
    assertRefused(Defect.WRONG_VALUE, () -> ranking(List.of("a"), List.of(1.0)));
    assertRefused(Defect.WRONG_VALUE, () -> ranking(List.of("a", "b"), List.of(1.0)));
    assertRefused(Defect.WRONG_VALUE, () -> ranking(List.of("a", "b"), List.of(1.0, Double.NaN)));
    assertRefused(
        Defect.SAME_ANSWERS, () -> ranking(List.of("a", "b", "a"), List.of(1.0, 2.0, 3.0)));
    assertThat(ranking(List.of("a", "b", "a"), List.of(1.0, 2.0, 1.0)).pairs()).hasSize(3);
  }

  @Test
  void aTieHasNoMargin() {
    assertRefused(Defect.WRONG_VALUE, () -> preference(OptionalDouble.of(1), true));
  }

  @Test
  void anAnswerIsTheAssistants() {
    assertRefused(
        Defect.BROKEN_CONVERSATION,
        () ->
            new Preference(
                List.of(QUESTION),
                List.of(YES, ChatTurn.user("Thanks.")),
                List.of(ChatTurn.assistant("No.")),
                OptionalDouble.empty(),
                false,
                PreferenceSource.HUMAN,
                ""));
  }

  @Test
  void halfOfASurrogatePairIsNoText() {
    assertThat(ChatTurn.user("a whole \uD83D\uDE00").content()).hasSize(10);
    assertRefused(Defect.NOT_UTF8, () -> ChatTurn.user("half \uD83D"));
    assertRefused(Defect.NOT_UTF8, () -> ChatTurn.user("\uDE00 half"));
    assertRefused(
        Defect.NOT_UTF8, () -> new PromptRow(List.of(QUESTION), Optional.of("\uD83D"), Map.of()));
  }

  @Test
  void aRoleIsAWord() {
    assertRefused(Defect.UNKNOWN_ROLE, () -> new ChatTurn("", "text"));
    assertRefused(Defect.UNKNOWN_ROLE, () -> new ChatTurn(" user", "text"));
  }

  private static Preference preference(OptionalDouble margin, boolean tie) {
    return new Preference(
        List.of(QUESTION),
        List.of(YES),
        List.of(tie ? YES : ChatTurn.assistant("No.")),
        margin,
        tie,
        PreferenceSource.HUMAN,
        "anna");
  }

  private static void assertRefused(Defect defect, ThrowingCallable action) {
    assertThatThrownBy(action)
        .isInstanceOfSatisfying(
            InvalidExampleException.class, e -> assertThat(e.defect()).isEqualTo(defect))
        .hasMessageContaining("; expected");
  }
}
