package dev.parley.console.verdict;

import dev.parley.console.comparison.Places;
import dev.parley.console.database.Database;
import dev.parley.console.outbox.Outbox;
import dev.parley.console.study.NewPair;
import dev.parley.console.study.Study;
import dev.parley.console.study.Turns;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/** Verdicts in the database. */
public class Verdicts {

  private static final int ROWS_AT_ONCE = 500;

  private final Database database;
  private final Outbox outbox;
  private final Duration hold;
  private final Duration lease;

  /**
   * Verdicts.
   *
   * @param database where they are kept
   * @param outbox where their events go
   * @param hold how long a verdict can be undone
   * @param lease how long a place is kept for a pair whose verdict was undone
   */
  public Verdicts(Database database, Outbox outbox, Duration hold, Duration lease) {
    this.database = database;
    this.outbox = outbox;
    this.hold = hold;
    this.lease = lease;
  }

  /**
   * What became of a reply.
   *
   * @param outcome whether it is recorded
   * @param seconds for which the pair was looked at, as it is recorded; 0 if it is not
   */
  public record Receipt(Outcome outcome, double seconds) {

    private static Receipt refused(Outcome outcome) {
      return new Receipt(outcome, 0);
    }
  }

  /** The assignment that a reply is about. */
  private record Judged(
      long pair,
      boolean firstLeft,
      String prompt,
      String first,
      String second,
      boolean leased,
      double elapsed,
      boolean judged,
      boolean open) {}

  /**
   * Records a verdict and its event, both or neither.
   *
   * @return what became of it; empty if this person has no such assignment in this study
   */
  public Optional<Receipt> give(Study study, String annotator, long assignment, Reply reply) {
    return database.transaction(
        connection -> {
          Optional<Judged> found = judged(connection, study, annotator, assignment);
          return found.isEmpty()
              ? Optional.empty()
              : Optional.of(give(connection, study, annotator, assignment, found.get(), reply));
        });
  }

  /** Locks the pair, so that its places stay as they are until the end of the transaction. */
  private static Optional<Judged> judged(
      Connection connection, Study study, String annotator, long assignment) throws SQLException {
    lockPairOf(connection, assignment);
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            select p.id, a.first_left, p.prompt, p.first_answer, p.second_answer, s.open,
              a.leased_until > clock_timestamp() as leased,
              extract(epoch from clock_timestamp() - a.shown_at) as elapsed,
              exists (select 1 from verdict v where v.assignment_id = a.id) as judged
            from assignment a join pair p on p.id = a.pair_id join study s on s.id = p.study_id
            where a.id = ? and a.annotator = ? and s.id = ? and p.first_answer is not null
            """)) {
      select.setLong(1, assignment);
      select.setString(2, annotator);
      select.setLong(3, study.id());
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Judged(
                    row.getLong("id"),
                    row.getBoolean("first_left"),
                    row.getString("prompt"),
                    row.getString("first_answer"),
                    row.getString("second_answer"),
                    row.getBoolean("leased"),
                    row.getDouble("elapsed"),
                    row.getBoolean("judged"),
                    row.getBoolean("open")))
            : Optional.empty();
      }
    }
  }

  private static void lockPairOf(Connection connection, long assignment) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            select 1 from pair p where p.id = (select pair_id from assignment where id = ?)
            for update
            """)) {
      select.setLong(1, assignment);
      select.execute();
    }
  }

  private Receipt give(
      Connection connection,
      Study study,
      String annotator,
      long assignment,
      Judged judged,
      Reply reply)
      throws SQLException {
    if (judged.judged()) {
      return Receipt.refused(Outcome.ALREADY_JUDGED);
    }
    if (!judged.open()) {
      return Receipt.refused(Outcome.CLOSED);
    }
    if (!judged.leased()
        && Places.heldByOthers(connection, judged.pair(), annotator) >= study.design().overlap()) {
      return Receipt.refused(Outcome.GIVEN_AWAY);
    }
    UUID id = UUID.randomUUID();
    Choice choice = reply.choice(judged.firstLeft());
    // Nobody can have looked longer than since it was shown, whatever a page's clock says.
    double elapsed = Math.max(0, judged.elapsed());
    double seconds = Math.min(reply.seconds().orElse(elapsed), elapsed);
    insert(connection, id, assignment, choice, reply, seconds);
    if (choice.counts()) {
      count(connection, judged.pair(), 1);
      byte[] event =
          PreferenceEvent.of(
                  id,
                  Turns.read(judged.prompt()),
                  new NewPair.Answers(
                      Turns.read(judged.first()),
                      Turns.read(judged.second()),
                      Optional.empty(),
                      Optional.empty()),
                  choice,
                  reply.strength(),
                  annotator,
                  reply.reason(),
                  Instant.now())
              .toByteArray();
      outbox.add(connection, id, study.name(), event, hold);
    } else if (choice == Choice.PROBLEM) {
      withhold(connection, judged.pair(), true);
    }
    return new Receipt(Outcome.RECORDED, seconds);
  }

  private static void insert(
      Connection connection, UUID id, long assignment, Choice choice, Reply reply, double seconds)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            insert into verdict (id, assignment_id, choice, strength, reason, seconds)
            values (?, ?, ?, ?, ?, ?)
            """)) {
      insert.setObject(1, id);
      insert.setLong(2, assignment);
      insert.setString(3, choice.name());
      insert.setString(4, reply.strength().map(Strength::name).orElse(null));
      insert.setString(5, reply.reason());
      insert.setDouble(6, seconds);
      insert.executeUpdate();
    }
  }

  private static void count(Connection connection, long pair, int more) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update pair set judged = judged + ? where id = ?")) {
      update.setInt(1, more);
      update.setLong(2, pair);
      update.executeUpdate();
    }
  }

  private static void withhold(Connection connection, long pair, boolean withheld)
      throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement("update pair set withheld = ? where id = ?")) {
      update.setBoolean(1, withheld);
      update.setLong(2, pair);
      update.executeUpdate();
    }
  }

  /** The newest verdict of a person that may still be undone. */
  private record Newest(UUID id, long assignment, long pair, Choice choice) {}

  /**
   * Takes the newest verdict of a person back, as if it had not been given; the pair is the next
   * that this person sees.
   *
   * @return whether there was one that could be undone
   */
  public boolean undo(Study study, String annotator) {
    return database.transaction(
        connection -> {
          Optional<Newest> newest = newest(connection, study, annotator);
          if (newest.isEmpty()) {
            return false;
          }
          Newest verdict = newest.get();
          lockPairOf(connection, verdict.assignment());
          if (verdict.choice().counts()) {
            if (!outbox.withdraw(connection, verdict.id())) {
              return false;
            }
            count(connection, verdict.pair(), -1);
          } else if (verdict.choice() == Choice.PROBLEM) {
            withhold(connection, verdict.pair(), false);
          }
          delete(connection, verdict);
          return true;
        });
  }

  private Optional<Newest> newest(Connection connection, Study study, String annotator)
      throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            select v.id, v.assignment_id, v.choice, a.pair_id
            from verdict v join assignment a on a.id = v.assignment_id
              join pair p on p.id = a.pair_id left join outbox o on o.verdict_id = v.id
            where p.study_id = ? and a.annotator = ?
              and coalesce(o.due_at, v.given_at + ? * interval '1 millisecond') > clock_timestamp()
            order by v.given_at desc limit 1 for update of v
            """)) {
      select.setLong(1, study.id());
      select.setString(2, annotator);
      select.setLong(3, hold.toMillis());
      try (ResultSet row = select.executeQuery()) {
        return row.next()
            ? Optional.of(
                new Newest(
                    row.getObject("id", UUID.class),
                    row.getLong("assignment_id"),
                    row.getLong("pair_id"),
                    Choice.valueOf(row.getString("choice"))))
            : Optional.empty();
      }
    }
  }

  private void delete(Connection connection, Newest verdict) throws SQLException {
    try (PreparedStatement delete =
            connection.prepareStatement("delete from verdict where id = ?");
        PreparedStatement show =
            connection.prepareStatement(
                """
                update assignment set shown_at = clock_timestamp(),
                  leased_until = clock_timestamp() + ? * interval '1 millisecond' where id = ?
                """)) {
      delete.setObject(1, verdict.id());
      delete.executeUpdate();
      show.setLong(1, lease.toMillis());
      show.setLong(2, verdict.assignment());
      show.executeUpdate();
    }
  }

  /** Whether a person has a verdict that can be undone. */
  public boolean canUndo(Study study, String annotator) {
    return database.transaction(connection -> newest(connection, study, annotator).isPresent());
  }

  /**
   * Hands each verdict of a study over, in the order in which they were given. Memory: some rows.
   *
   * @param settled whether those that can still be undone are left out
   */
  public void each(Study study, boolean settled, Consumer<VerdictRow> consumer) {
    database.transaction(
        connection -> {
          try (PreparedStatement select =
              connection.prepareStatement(
                  """
                  select v.id, p.id as pair, p.question_id, p.prompt, p.first_answer, p.second_answer,
                    p.first_model, p.second_model, a.annotator, v.choice, v.strength, v.reason,
                    a.first_left, v.seconds, v.given_at
                  from verdict v join assignment a on a.id = v.assignment_id
                    join pair p on p.id = a.pair_id left join outbox o on o.verdict_id = v.id
                  where p.study_id = ? and (not ? or
                    coalesce(o.due_at, v.given_at + ? * interval '1 millisecond') <= clock_timestamp())
                  order by v.given_at, v.id
                  """)) {
            // With a size, and inside a transaction, the driver does not fetch all rows at once.
            select.setFetchSize(ROWS_AT_ONCE);
            select.setLong(1, study.id());
            select.setBoolean(2, settled);
            select.setLong(3, hold.toMillis());
            try (ResultSet row = select.executeQuery()) {
              while (row.next()) {
                consumer.accept(row(row));
              }
            }
          }
          return null;
        });
  }

  private static VerdictRow row(ResultSet row) throws SQLException {
    return new VerdictRow(
        row.getString("id"),
        row.getLong("pair"),
        row.getString("question_id"),
        Turns.read(row.getString("prompt")),
        new NewPair.Answers(
            Turns.read(row.getString("first_answer")),
            Turns.read(row.getString("second_answer")),
            Optional.ofNullable(row.getString("first_model")),
            Optional.ofNullable(row.getString("second_model"))),
        row.getString("annotator"),
        Choice.valueOf(row.getString("choice")),
        Optional.ofNullable(row.getString("strength")).map(Strength::valueOf),
        row.getString("reason"),
        row.getBoolean("first_left"),
        row.getDouble("seconds"),
        row.getTimestamp("given_at").toInstant());
  }
}
