package dev.parley.console.outbox;

import dev.parley.console.database.Database;
import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;

/** Events in the database. */
@Singleton
public class Outbox {

  private final Database database;

  /** Takes the database. */
  public Outbox(Database database) {
    this.database = database;
  }

  /**
   * Adds an event.
   *
   * @param connection of the transaction that writes what the event tells
   * @param verdict whose event it is
   * @param study the study's name
   * @param event a {@code Preference}, serialized
   * @param hold after which it is due
   */
  public void add(Connection connection, UUID verdict, String study, byte[] event, Duration hold)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement(
            """
            insert into outbox (verdict_id, study, event, due_at)
            values (?, ?, ?, clock_timestamp() + ? * interval '1 millisecond')
            """)) {
      insert.setObject(1, verdict);
      insert.setString(2, study);
      insert.setBytes(3, event);
      insert.setLong(4, hold.toMillis());
      insert.executeUpdate();
    }
  }

  /**
   * Takes an event back that is not due yet.
   *
   * @return whether it was taken back; if not, it is on its way
   */
  public boolean withdraw(Connection connection, UUID verdict) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            """
            delete from outbox
            where verdict_id = ? and sent_at is null and due_at > clock_timestamp()
            """)) {
      delete.setObject(1, verdict);
      return delete.executeUpdate() == 1;
    }
  }

  /**
   * Sends events that are due and that nobody else is sending. A process that dies in the midst of
   * it has sent events that are sent again.
   *
   * @param most how many at most
   * @param sending sends events and returns the rows of those that arrived
   * @return how many were due
   */
  int send(int most, Function<List<WaitingEvent>, List<Long>> sending) {
    return database.transaction(
        connection -> {
          List<WaitingEvent> due = due(connection, most);
          List<Long> arrived = due.isEmpty() ? List.of() : sending.apply(due);
          try (PreparedStatement update =
              connection.prepareStatement(
                  "update outbox set sent_at = clock_timestamp() where id = any(?)")) {
            update.setArray(1, connection.createArrayOf("bigint", arrived.toArray()));
            update.executeUpdate();
          }
          return due.size();
        });
  }

  private static List<WaitingEvent> due(Connection connection, int most) throws SQLException {
    try (PreparedStatement select =
        connection.prepareStatement(
            """
            select id, verdict_id, study, event from outbox
            where sent_at is null and due_at <= clock_timestamp()
            order by due_at, id limit ? for update skip locked
            """)) {
      select.setInt(1, most);
      List<WaitingEvent> due = new ArrayList<>();
      try (ResultSet row = select.executeQuery()) {
        while (row.next()) {
          due.add(
              new WaitingEvent(
                  row.getLong("id"),
                  row.getString("verdict_id"),
                  row.getString("study"),
                  row.getBytes("event")));
        }
      }
      return due;
    }
  }

  /**
   * How much waits.
   *
   * @param events that are not sent, those that are held back included
   * @param ageSeconds for how long the oldest that is due has been due; 0 if none is
   */
  public record Depth(long events, double ageSeconds) {}

  /** How much waits at this moment. */
  public Depth depth() {
    return database.transaction(
        connection -> {
          try (PreparedStatement select =
                  connection.prepareStatement(
                      """
                      select count(*) as events,
                        greatest(0, coalesce(extract(epoch from clock_timestamp() - min(due_at)), 0)) as age
                      from outbox where sent_at is null
                      """);
              ResultSet row = select.executeQuery()) {
            row.next();
            return new Depth(row.getLong("events"), row.getDouble("age"));
          }
        });
  }
}
