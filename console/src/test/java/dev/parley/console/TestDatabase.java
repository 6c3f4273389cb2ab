package dev.parley.console;

import dev.parley.console.database.Database;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/** Databases with the service's tables, on one real PostgreSQL that ends with the process. */
public final class TestDatabase {

  private static final EmbeddedPostgres SERVER = server();
  private static final AtomicInteger MADE = new AtomicInteger();

  private TestDatabase() {}

  private static EmbeddedPostgres server() {
    try {
      return EmbeddedPostgres.start();
    } catch (IOException e) {
      throw new UncheckedIOException("no PostgreSQL could be started", e);
    }
  }

  /** A database that holds nothing but the tables. */
  public static Database fresh() {
    return new Database(source());
  }

  private static DataSource source() {
    String name = "console" + MADE.incrementAndGet();
    try (Connection connection = SERVER.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("create database " + name);
    } catch (SQLException e) {
      throw new IllegalStateException("no database could be made", e);
    }
    DataSource source = SERVER.getDatabase("postgres", name);
    Flyway.configure().dataSource(source).load().migrate();
    return source;
  }

  /** Runs a statement, as when time passes. */
  public static int run(Database database, String sql) {
    return database.transaction(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(sql);
          }
        });
  }
}
