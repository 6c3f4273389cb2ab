package dev.parley.console.comparison;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.console.TestDatabase;
import dev.parley.console.TestStudies;
import dev.parley.console.database.Database;
import dev.parley.console.outbox.Outbox;
import dev.parley.console.study.NewPair;
import dev.parley.console.study.Studies;
import dev.parley.console.study.Study;
import dev.parley.console.study.StudyDesign;
import dev.parley.console.study.Turn;
import dev.parley.console.verdict.Outcome;
import dev.parley.console.verdict.Reply;
import dev.parley.console.verdict.Verdicts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class ComparisonsTest {

  private static Database database;

  private final Random random = new Random(1);
  private final Comparisons comparisons =
      new Comparisons(database, Duration.ofMinutes(30), random::nextBoolean);
  private final Verdicts verdicts =
      new Verdicts(database, new Outbox(database), Duration.ofMinutes(1), Duration.ofMinutes(30));

  @BeforeAll
  static void connect() {
    database = TestDatabase.fresh();
  }

  private Outcome say(Study study, String annotator, Comparison comparison, String pressed) {
    return verdicts
        .give(study, annotator, comparison.assignment(), Reply.of(pressed, "", "", study.design()))
        .orElseThrow()
        .outcome();
  }

  private Optional<String> prompt(Study study, String annotator) {
    return comparisons.next(study, annotator).map(next -> next.prompt().get(0).content());
  }

  @Test
  void pairsComeInTheOrderOfTheFileAndEachPersonSeesEachOnce() {
    Study study = TestStudies.of(database, 3, 1);

    for (int pair = 1; pair <= 3; pair++) {
      Comparison next = comparisons.next(study, "anna").orElseThrow();
      assertThat(next.prompt().get(0).content()).isEqualTo("question " + pair);
      say(study, "anna", next, "left");
    }

    assertThat(comparisons.next(study, "anna")).isEmpty();
    assertThat(comparisons.progress(study, "anna")).isEqualTo(new Progress(3, 0));
  }

  @Test
  void loadingThePageAgainShowsTheSamePairOnTheSameSides() {
    Study study = TestStudies.of(database, 50, 1);

    Comparison first = comparisons.next(study, "anna").orElseThrow();

    for (int load = 0; load < 10; load++) {
      assertThat(comparisons.next(study, "anna")).contains(first);
    }
  }

  @Test
  void sidesAreDrawnForEachPerson() {
    Study study = TestStudies.of(database, 1, 100);
    Set<Boolean> sides = new HashSet<>();

    for (int person = 0; person < 20; person++) {
      Comparison next = comparisons.next(study, "person " + person).orElseThrow();
      sides.add(next.firstLeft());
      assertThat(next.left().get(0).content()).isEqualTo(next.firstLeft() ? "good 1" : "bad 1");
      assertThat(next.right().get(0).content()).isEqualTo(next.firstLeft() ? "bad 1" : "good 1");
    }

    assertThat(sides).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void whileSomebodyLooksAtAPairItsPlaceIsTaken() {
    Study study = TestStudies.of(database, 2, 1);

    assertThat(prompt(study, "anna")).contains("question 1");
    assertThat(prompt(study, "ben")).contains("question 2");
    assertThat(prompt(study, "cleo")).isEmpty();
    // They may come back: what the others leave is for them.
    assertThat(comparisons.progress(study, "cleo")).isEqualTo(new Progress(0, 2));
  }

  @Test
  void aPairThatSomebodyLeftGoesToOthersAfterTheLease() {
    Study study = TestStudies.of(database, 1, 1);
    Comparison left = comparisons.next(study, "anna").orElseThrow();
    expire(left);

    assertThat(prompt(study, "ben")).contains("question 1");
    assertThat(prompt(study, "anna")).isEmpty();
    assertThat(say(study, "anna", left, "left")).isEqualTo(Outcome.GIVEN_AWAY);
  }

  @Test
  void whoComesBackLateKeepsThePairIfNobodyElseHasTakenIt() {
    Study study = TestStudies.of(database, 1, 1);
    Comparison left = comparisons.next(study, "anna").orElseThrow();
    expire(left);

    assertThat(say(study, "anna", left, "left")).isEqualTo(Outcome.RECORDED);
  }

  private static void expire(Comparison comparison) {
    assertThat(
            TestDatabase.run(
                database,
                "update assignment set leased_until = now() - interval '1 second' where id = "
                    + comparison.assignment()))
        .isOne();
  }

  @Test
  void aSkippedPairGoesToSomebodyElse() {
    Study study = TestStudies.of(database, 1, 1);
    say(study, "anna", comparisons.next(study, "anna").orElseThrow(), "skip");

    assertThat(prompt(study, "anna")).isEmpty();
    assertThat(prompt(study, "ben")).contains("question 1");
  }

  @Test
  void aReportedPairGoesToNobody() {
    Study study = TestStudies.of(database, 1, 3);
    Comparison next = comparisons.next(study, "anna").orElseThrow();
    verdicts.give(
        study, "anna", next.assignment(), Reply.of("problem", "cut short", "", study.design()));

    assertThat(prompt(study, "ben")).isEmpty();
  }

  @Test
  void whatPoliciesAnsweredFirstIsWhatAllSeeAndJudge() {
    Study study =
        new Studies(database)
            .create(
                new StudyDesign(
                    "live",
                    "",
                    2,
                    true,
                    false,
                    Optional.of(new StudyDesign.Policies("new", "old"))),
                List.of(new NewPair("q", List.of(new Turn("user", "Q")), Optional.empty())));
    Comparison anna = comparisons.next(study, "anna").orElseThrow();
    Comparison ben = comparisons.next(study, "ben").orElseThrow();
    assertThat(anna.answers()).isEmpty();
    assertThat(
            verdicts.give(
                study, "anna", anna.assignment(), Reply.of("left", "", "", study.design())))
        .as("nothing can be said about answers that are not there")
        .isEmpty();

    comparisons.answered(anna, answers("1"));
    comparisons.answered(ben, answers("2"));

    assertThat(comparisons.next(study, "anna").orElseThrow().answers()).contains(answers("1"));
    assertThat(comparisons.next(study, "ben").orElseThrow().answers()).contains(answers("1"));
    assertThat(say(study, "ben", ben, "left")).isEqualTo(Outcome.RECORDED);
  }

  private static NewPair.Answers answers(String text) {
    return new NewPair.Answers(
        List.of(new Turn("assistant", text)),
        List.of(new Turn("assistant", "another " + text)),
        Optional.of("new v1"),
        Optional.of("old v1"));
  }

  @Test
  void twoPagesThatOnePersonOpensAtOnceShowTheSamePair() throws Exception {
    Study study = TestStudies.of(database, 20, 1);
    List<Callable<Comparison>> pages = new ArrayList<>();
    for (int page = 0; page < 8; page++) {
      pages.add(() -> comparisons.next(study, "anna").orElseThrow());
    }

    assertThat(new HashSet<>(atOnce(pages))).hasSize(1);
  }

  @Test
  void manyPeopleAtOnceGiveEachPairExactlyAsManyVerdictsAsItShouldHave() throws Exception {
    Study study = TestStudies.of(database, 12, 2);
    List<Callable<List<Long>>> people = new ArrayList<>();
    for (int person = 0; person < 6; person++) {
      String name = "person " + person;
      people.add(() -> judgeAll(study, name));
    }

    Map<Long, Integer> verdictsOfPair = new HashMap<>();
    for (List<Long> judged : atOnce(people)) {
      assertThat(judged).doesNotHaveDuplicates();
      judged.forEach(pair -> verdictsOfPair.merge(pair, 1, Integer::sum));
    }

    assertThat(verdictsOfPair)
        .hasSize(12)
        .allSatisfy((pair, count) -> assertThat(count).isEqualTo(2));
  }

  private List<Long> judgeAll(Study study, String annotator) {
    List<Long> judged = new ArrayList<>();
    for (Optional<Comparison> next = comparisons.next(study, annotator);
        next.isPresent();
        next = comparisons.next(study, annotator)) {
      assertThat(say(study, annotator, next.get(), "left")).isEqualTo(Outcome.RECORDED);
      judged.add(next.get().pair());
    }
    return judged;
  }

  private static <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> result : threads.invokeAll(calls)) {
        results.add(result.get());
      }
      return results;
    } finally {
      threads.shutdownNow();
    }
  }
}
