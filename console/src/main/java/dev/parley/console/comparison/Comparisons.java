package dev.parley.console.comparison;

import dev.parley.console.database.Database;
import dev.parley.console.study.NewPair;
import dev.parley.console.study.Study;
import dev.parley.console.study.Turn;
import dev.parley.console.study.Turns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Deals pairs to people. */
public class Comparisons {

  /** Whose verdict is missing, the one that was shown last first. */
  private static final String BEGUN =
      """
      select a.id, p.id as pair from assignment a join pair p on p.id = a.pair_id
      where p.study_id = ? and a.annotator = ? and not p.withheld
        and not exists (select 1 from verdict v where v.assignment_id = a.id)
      order by a.shown_at desc, a.id
      """;

  /** The first pair in the file's order that has a place and that this person has not seen. */
  private static final String FREE =
      """
      select p.id from pair p
      where p.study_id = ? and p.judged < ? and not p.withheld
        and not exists (select 1 from assignment a where a.pair_id = p.id and a.annotator = ?)
        and p.judged + (
          select count(*) from assignment a
          where a.pair_id = p.id and a.leased_until > clock_timestamp()
            and not exists (select 1 from verdict v where v.assignment_id = a.id)) < ?
      """;

  private final Database database;
  private final Duration lease;
  private final BooleanSupplier firstLeft;

  /**
   * Deals.
   *
   * @param database where it is kept
   * @param lease how long a place is kept for whoever looks at a pair
   * @param firstLeft draws whether a pair's first answer is on the left
   */
  public Comparisons(Database database, Duration lease, BooleanSupplier firstLeft) {
    this.database = database;
    this.lease = lease;
    this.firstLeft = firstLeft;
  }

  /**
   * What somebody should judge next: what is in front of them already, or the first free pair.
   *
   * @return empty if nothing is left for this person
   */
  public Optional<Comparison> next(Study study, String annotator) {
    return database.transaction(
        connection -> {
          onePageOf(connection, study, annotator);
          Optional<Long> begun = begun(connection, study, annotator);
          Optional<Long> assignment =
              begun.isPresent() ? begun : take(connection, study, annotator);
          return assignment.isEmpty()
              ? Optional.empty()
              : Optional.of(comparison(connection, assignment.get()));
        });
  }

  /** Two pages that one person opens at once are dealt with one after the other. */
  private static void onePageOf(Connection connection, Study study, String annotator)
      throws SQLException {
    try (PreparedStatement lock =
        connection.prepareStatement("select pg_advisory_xact_lock(?, hashtext(?))")) {
      lock.setInt(1, (int) study.id());
      lock.setString(2, annotator);
      lock.execute();
    }
  }

  private Optional<Long> begun(Connection connection, Study study, String annotator)
      throws SQLException {
    List<long[]> begun = new ArrayList<>();
    try (PreparedStatement select = connection.prepareStatement(BEGUN)) {
      select.setLong(1, study.id());
      select.setString(2, annotator);
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          begun.add(new long[] {row.getLong("id"), row.getLong("pair")});
        }
      }
    }
    for (long[] each : begun) {
      lock(connection, each[1]);
      if (Places.heldByOthers(connection, each[1], annotator) < study.design().overlap()) {
        renew(connection, each[0]);
        return Optional.of(each[0]);
      }
    }
    return Optional.empty();
  }

  private static void lock(Connection connection, long pair) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement("select 1 from pair where id = ? for update")) {
      select.setLong(1, pair);
      select.execute();
    }
  }

  /** A lease that has ended begins anew, and with it the time that the person takes. */
  private void renew(Connection connection, long assignment) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            """
            update assignment set
              shown_at = case when leased_until > clock_timestamp() then shown_at else clock_timestamp() end,
              leased_until = clock_timestamp() + ? * interval '1 millisecond'
            where id = ?
            """)) {
      update.setLong(1, lease.toMillis());
      update.setLong(2, assignment);
      update.executeUpdate();
    }
  }

  private Optional<Long> take(Connection connection, Study study, String annotator)
      throws SQLException {
    while (true) {
      Optional<Long> pair = free(connection, study, annotator, true);
      if (pair.isEmpty()) {
        // Of the last pairs, those which somebody else is just taking may have a place left.
        pair = free(connection, study, annotator, false);
      }
      if (pair.isEmpty()) {
        return Optional.empty();
      }
      // What was counted may have changed until the pair was locked; from now on it does not.
      if (Places.heldByOthers(connection, pair.get(), annotator) < study.design().overlap()) {
        return Optional.of(insert(connection, pair.get(), annotator));
      }
    }
  }

  private static Optional<Long> free(
      Connection connection, Study study, String annotator, boolean passOverLocked)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            FREE
                + " order by p.position limit 1 for update of p"
                + (passOverLocked ? " skip locked" : ""))) {
      select.setLong(1, study.id());
      select.setInt(2, study.design().overlap());
      select.setString(3, annotator);
      select.setInt(4, study.design().overlap());
      try (ResultSet found = select.executeQuery()) {
        return found.next() ? Optional.of(found.getLong(1)) : Optional.empty();
      }
    }
  }

  private long insert(Connection connection, long pair, String annotator) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            insert into assignment (pair_id, annotator, first_left, leased_until)
            values (?, ?, ?, clock_timestamp() + ? * interval '1 millisecond') returning id
            """)) {
      insert.setLong(1, pair);
      insert.setString(2, annotator);
      insert.setBoolean(3, firstLeft.getAsBoolean());
      insert.setLong(4, lease.toMillis());
      try (ResultSet made = insert.executeQuery()) {
        made.next();
        return made.getLong(1);
      }
    }
  }

  private static Comparison comparison(Connection connection, long assignment) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            select a.id, a.first_left, p.id as pair, p.prompt, p.first_answer, p.second_answer,
              p.first_model, p.second_model
            from assignment a join pair p on p.id = a.pair_id where a.id = ?
            """)) {
      select.setLong(1, assignment);
      try (ResultSet row = select.executeQuery()) {
        row.next();
        Optional<List<Turn>> first =
            Optional.ofNullable(row.getString("first_answer")).map(Turns::read);
        Optional<NewPair.Answers> answers = Optional.empty();
        if (first.isPresent()) {
          answers =
              Optional.of(
                  new NewPair.Answers(
                      first.get(),
                      Turns.read(row.getString("second_answer")),
                      Optional.ofNullable(row.getString("first_model")),
                      Optional.ofNullable(row.getString("second_model"))));
        }
        return new Comparison(
            row.getLong("id"),
            row.getLong("pair"),
            Turns.read(row.getString("prompt")),
            answers,
            row.getBoolean("first_left"));
      }
    }
  }

  /**
   * Keeps what policies answered; of two that were asked at once for one pair, the answers that
   * come first count for all.
   */
  public void answered(Comparison comparison, NewPair.Answers answers) {
    database.transaction(
        connection -> {
          try (PreparedStatement update =
              connection.prepareStatement(
                  """
                  update pair set first_answer = ?::jsonb, second_answer = ?::jsonb, first_model = ?,
                    second_model = ? where id = ? and first_answer is null
                  """)) {
            update.setString(1, Turns.write(answers.first()));
            update.setString(2, Turns.write(answers.second()));
            update.setString(3, answers.firstModel().orElse(null));
            update.setString(4, answers.secondModel().orElse(null));
            update.setLong(5, comparison.pair());
            return update.executeUpdate();
          }
        });
  }

  /** How far somebody is. */
  public Progress progress(Study study, String annotator) {
    return database.transaction(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  """
                  select
                    (select count(*) from pair p join assignment a on a.pair_id = p.id
                      join verdict v on v.assignment_id = a.id
                      where p.study_id = ? and a.annotator = ?) as judged,
                    (select count(*) from pair p where p.study_id = ? and not p.withheld
                      and p.judged < ?
                      and not exists (select 1 from assignment a join verdict v on v.assignment_id = a.id
                        where a.pair_id = p.id and a.annotator = ?)) as remaining
                  """)) {
            select.setLong(1, study.id());
            select.setString(2, annotator);
            select.setLong(3, study.id());
            select.setInt(4, study.design().overlap());
            select.setString(5, annotator);
            try (ResultSet row = select.executeQuery()) {
              row.next();
              return new Progress(row.getLong("judged"), row.getLong("remaining"));
            }
          }
        });
  }
}
