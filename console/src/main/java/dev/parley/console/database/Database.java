package dev.parley.console.database;

import jakarta.inject.Singleton;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;

/** Runs work in transactions that see what others have committed before each statement. */
@Singleton
public class Database {

  private final DataSource source;

  /** Takes the pool of connections. */
  public Database(DataSource source) {
    this.source = source;
  }

  /** Something to do on a connection. */
  @FunctionalInterface
  public interface Work<T> {

    /** Does it. */
    T on(Connection connection) throws SQLException;
  }

  /**
   * Does something as a whole or not at all.
   *
   * @throws DatabaseException if the database cannot be reached or refuses
   */
  public <T> T transaction(Work<T> work) {
    try (Connection connection = source.getConnection()) {
      connection.setAutoCommit(false);
      try {
        T result = work.on(connection);
        connection.commit();
        return result;
      } catch (SQLException | RuntimeException e) {
        connection.rollback();
        throw e;
      } finally {
        connection.setAutoCommit(true);
      }
    } catch (SQLException e) {
      throw new DatabaseException("the database does not do its work: " + e.getMessage(), e);
    }
  }
}
