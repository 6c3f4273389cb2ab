package dev.parley.console;

import dev.parley.console.database.Database;
import dev.parley.console.study.NewPair;
import dev.parley.console.study.Studies;
import dev.parley.console.study.Study;
import dev.parley.console.study.StudyDesign;
import dev.parley.console.study.Turn;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;

/** Studies to judge in. */
public final class TestStudies {

  private TestStudies() {}

  /** Ties allowed, not graded. */
  public static Study of(Database database, int pairs, int overlap) {
    return of(database, pairs, overlap, false);
  }

  /** A study of pairs "question N", whose answers are "good N" by model x and "bad N" by y. */
  public static Study of(Database database, int pairs, int overlap, boolean graded) {
    return new Studies(database)
        .create(
            new StudyDesign(
                "study " + UUID.randomUUID(), "", overlap, true, graded, Optional.empty()),
            IntStream.rangeClosed(1, pairs).mapToObj(TestStudies::pair).toList());
  }

  private static NewPair pair(int number) {
    return new NewPair(
        "q" + number,
        List.of(new Turn("user", "question " + number)),
        Optional.of(
            new NewPair.Answers(
                List.of(new Turn("assistant", "good " + number)),
                List.of(new Turn("assistant", "bad " + number)),
                Optional.of("x"),
                Optional.of("y"))));
  }
}
