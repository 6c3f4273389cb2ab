package dev.parley.console.verdict;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.console.TestDatabase;
import dev.parley.console.TestStudies;
import dev.parley.console.comparison.Comparison;
import dev.parley.console.comparison.Comparisons;
import dev.parley.console.database.Database;
import dev.parley.console.outbox.Outbox;
import dev.parley.console.study.Studies;
import dev.parley.console.study.Study;
import dev.parley.console.study.StudyDesign;
import dev.parley.proto.preference.v1.Preference;
import dev.parley.proto.preference.v1.PreferenceSource;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class VerdictsTest {

  private static Database database;

  private final Outbox outbox = new Outbox(database);
  private final Verdicts verdicts =
      new Verdicts(database, outbox, Duration.ofMinutes(1), Duration.ofMinutes(30));
  private boolean firstLeft = true;
  private final Comparisons comparisons =
      new Comparisons(database, Duration.ofMinutes(30), () -> firstLeft);

  @BeforeAll
  static void connect() {
    database = TestDatabase.fresh();
  }

  private Outcome judge(Study study, String annotator, String pressed, String reason) {
    Comparison next = comparisons.next(study, annotator).orElseThrow();
    return give(study, annotator, next, pressed, reason);
  }

  private Outcome give(
      Study study, String annotator, Comparison comparison, String pressed, String reason) {
    return verdicts
        .give(
            study,
            annotator,
            comparison.assignment(),
            Reply.of(pressed, reason, "", study.design()))
        .orElseThrow()
        .outcome();
  }

  private List<VerdictRow> rows(Study study) {
    List<VerdictRow> rows = new ArrayList<>();
    verdicts.each(study, false, rows::add);
    return rows;
  }

  private static List<Preference> events(Study study) {
    return database.transaction(
        connection -> {
          List<Preference> events = new ArrayList<>();
          try (PreparedStatement select =
              connection.prepareStatement("select event from outbox where study = ? order by id")) {
            select.setString(1, study.name());
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                events.add(parse(row.getBytes(1)));
              }
            }
          }
          return events;
        });
  }

  private static Preference parse(byte[] bytes) {
    try {
      return Preference.parseFrom(bytes);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aVerdictAndItsEventAreWrittenTogether() {
    Study study = TestStudies.of(database, 1, 1, true);
    firstLeft = false;

    assertThat(judge(study, "anna", "right-much", "It is right.")).isEqualTo(Outcome.RECORDED);

    VerdictRow row = rows(study).get(0);
    assertThat(row.choice()).isEqualTo(Choice.FIRST);
    Preference event = events(study).get(0);
    assertThat(event.getPreferenceId()).isEqualTo(row.id());
    assertThat(event.getPrompt().getMessages(0).getRole()).isEqualTo("user");
    assertThat(event.getPrompt().getMessages(0).getContent()).isEqualTo("question 1");
    assertThat(event.getChosen().getMessages(0).getContent()).isEqualTo("good 1");
    assertThat(event.getRejected().getMessages(0).getContent()).isEqualTo("bad 1");
    assertThat(event.getMargin()).isEqualTo(1);
    assertThat(event.getSource()).isEqualTo(PreferenceSource.PREFERENCE_SOURCE_HUMAN);
    assertThat(event.getAnnotator()).isEqualTo("anna");
    assertThat(event.getRationale()).isEqualTo("It is right.");
    assertThat(event.getTie()).isFalse();
    assertThat(event.getCreatedAtMs()).isCloseTo(System.currentTimeMillis(), within(60_000L));
  }

  @ParameterizedTest
  @CsvSource({
    "true, left, FIRST, good 1",
    "true, right, SECOND, bad 1",
    "false, left, SECOND, bad 1",
    "false, right, FIRST, good 1"
  })
  void theSideOnThePageBecomesTheAnswerThatStoodThere(
      boolean drawn, String pressed, Choice choice, String chosen) {
    Study study = TestStudies.of(database, 1, 1);
    firstLeft = drawn;

    judge(study, "anna", pressed, "");

    assertThat(rows(study).get(0).choice()).isEqualTo(choice);
    assertThat(rows(study).get(0).firstLeft()).isEqualTo(drawn);
    assertThat(events(study).get(0).getChosen().getMessages(0).getContent()).isEqualTo(chosen);
    assertThat(events(study).get(0).hasMargin()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"same, SAME", "both-bad, BOTH_BAD"})
  void aTieIsAnEventWithoutMargin(String pressed, Choice choice) {
    Study study = TestStudies.of(database, 1, 1, true);

    judge(study, "anna", pressed, "");

    assertThat(rows(study).get(0).choice()).isEqualTo(choice);
    assertThat(events(study).get(0).getTie()).isTrue();
    assertThat(events(study).get(0).hasMargin()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"skip", "problem"})
  void whatSaysNothingAboutTheAnswersIsNoEvent(String pressed) {
    Study study = TestStudies.of(database, 1, 1);

    judge(study, "anna", pressed, "no picture");

    assertThat(rows(study)).hasSize(1);
    assertThat(events(study)).isEmpty();
  }

  @Test
  void aReplyThatComesTwiceCountsOnce() {
    Study study = TestStudies.of(database, 2, 1);
    Comparison comparison = comparisons.next(study, "anna").orElseThrow();

    assertThat(give(study, "anna", comparison, "left", "")).isEqualTo(Outcome.RECORDED);
    assertThat(give(study, "anna", comparison, "right", "")).isEqualTo(Outcome.ALREADY_JUDGED);

    assertThat(rows(study)).hasSize(1);
    assertThat(rows(study).get(0).choice()).isEqualTo(Choice.FIRST);
    assertThat(events(study)).hasSize(1);
  }

  @Test
  void nobodyJudgesWhatIsInFrontOfSomebodyElse() {
    Study study = TestStudies.of(database, 1, 2);
    Comparison comparison = comparisons.next(study, "anna").orElseThrow();

    assertThat(
            verdicts.give(
                study, "ben", comparison.assignment(), Reply.of("left", "", "", study.design())))
        .isEmpty();
  }

  @Test
  void aClosedStudyTakesNothing() {
    Study study = TestStudies.of(database, 1, 1);
    Comparison comparison = comparisons.next(study, "anna").orElseThrow();
    new Studies(database).setOpen(study, false);

    assertThat(give(study, "anna", comparison, "left", "")).isEqualTo(Outcome.CLOSED);
    assertThat(rows(study)).isEmpty();
  }

  @Test
  void theTimeIsThatOfThePageButNeverMoreThanSinceItWasShown() {
    Study study = TestStudies.of(database, 2, 1);
    Comparison comparison = comparisons.next(study, "anna").orElseThrow();
    TestDatabase.run(
        database,
        "update assignment set shown_at = now() - interval '100 seconds' where id = "
            + comparison.assignment());
    verdicts.give(
        study, "anna", comparison.assignment(), Reply.of("left", "", "12.5", study.design()));
    Comparison second = comparisons.next(study, "anna").orElseThrow();
    verdicts.give(study, "anna", second.assignment(), Reply.of("left", "", "1e9", study.design()));

    assertThat(rows(study).get(0).seconds()).isEqualTo(12.5);
    assertThat(rows(study).get(1).seconds()).isBetween(0.0, 60.0);
  }

  @Test
  void anUndoneVerdictLeavesNothingAndItsPairIsNext() {
    Study study = TestStudies.of(database, 3, 1);
    Comparison first = comparisons.next(study, "anna").orElseThrow();
    give(study, "anna", first, "left", "");
    comparisons.next(study, "anna");

    assertThat(verdicts.canUndo(study, "anna")).isTrue();
    assertThat(verdicts.undo(study, "anna")).isTrue();

    assertThat(rows(study)).isEmpty();
    assertThat(events(study)).isEmpty();
    assertThat(comparisons.next(study, "anna")).contains(first);
    assertThat(verdicts.canUndo(study, "anna")).isFalse();
    assertThat(give(study, "anna", first, "right", "")).isEqualTo(Outcome.RECORDED);
    assertThat(events(study)).hasSize(1);
  }

  @Test
  void verdictsAreUndoneFromTheNewestBackwards() {
    Study study = TestStudies.of(database, 3, 1);
    judge(study, "anna", "left", "");
    judge(study, "anna", "skip", "");
    judge(study, "ben", "left", "");

    verdicts.undo(study, "anna");

    assertThat(rows(study)).extracting(VerdictRow::choice).doesNotContain(Choice.SKIP).hasSize(2);
    verdicts.undo(study, "anna");
    assertThat(rows(study)).extracting(VerdictRow::annotator).containsExactly("ben");
  }

  @Test
  void anEventThatIsDueCannotBeUndone() {
    Study study = TestStudies.of(database, 1, 1);
    judge(study, "anna", "left", "");
    TestDatabase.run(database, "update outbox set due_at = now() - interval '1 second'");

    assertThat(verdicts.canUndo(study, "anna")).isFalse();
    assertThat(verdicts.undo(study, "anna")).isFalse();
    assertThat(events(study)).hasSize(1);
  }

  @Test
  void anUndoneReportPutsThePairBack() {
    Study study = TestStudies.of(database, 1, 2);
    judge(study, "anna", "problem", "cut short");

    verdicts.undo(study, "anna");

    assertThat(comparisons.next(study, "ben")).isPresent();
  }

  @Test
  void filesLackWhatCanStillBeUndone() {
    Study study = TestStudies.of(database, 2, 1);
    judge(study, "anna", "left", "");
    TestDatabase.run(database, "update outbox set due_at = now() - interval '1 second'");
    judge(study, "anna", "left", "");

    List<VerdictRow> settled = new ArrayList<>();
    verdicts.each(study, true, settled::add);

    assertThat(settled).extracting(VerdictRow::questionId).containsExactly("q1");
    assertThat(rows(study)).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true|true|left|this study is graded; expected slightly or much better",
        "true|true|left-very|this study is graded; expected slightly or much better",
        "true|false|left-much|this study is not graded; expected \"left\"",
        "false|false|same|this study takes no ties",
        "false|false|both-bad|this study takes no ties",
        "true|false|middle|there is no button \"middle\"",
        "true|false||there is no button \"\""
      })
  void aReplyThatTheStudyDoesNotAskForIsRefused(
      boolean ties, boolean graded, String pressed, String message) {
    StudyDesign design = new StudyDesign("s", "", 1, ties, graded, Optional.empty());

    assertThatThrownBy(() -> Reply.of(pressed == null ? "" : pressed, "", "", design))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
