package dev.parley.cli.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.Parley;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.CapturedTerminal;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class DatabaseCommandTest {

  private static final String PASSWORD = "it's a \"secret\"";

  @TempDir Path directory;

  private EmbeddedDatabase.Wish wish(int port, String password) {
    return new EmbeddedDatabase.Wish(
        directory.resolve("postgres"), "localhost", port, "parley", "parley", password);
  }

  private static String ask(int port, String user, String password, String sql)
      throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:postgresql://localhost:" + port + "/parley", user, password);
        Statement statement = connection.createStatement()) {
      if (!statement.execute(sql)) {
        return "";
      }
      try (ResultSet result = statement.getResultSet()) {
        return result.next() ? result.getString(1) : "";
      }
    }
  }

  @Test
  void dataOutliveTheServerAndTheUserAloneComesInWithThePassword() throws Exception {
    int port = Ports.free();
    EmbeddedDatabase database = EmbeddedDatabase.start(wish(port, PASSWORD));
    try {
      ask(port, "parley", PASSWORD, "create table kept as select 42 as answer");
      assertThat(ask(port, "parley", PASSWORD, "show fsync")).isEqualTo("on");
      assertThatThrownBy(() -> ask(port, "parley", "guess", "select 1"))
          .hasMessageContaining("password authentication failed");
      assertThatThrownBy(() -> ask(port, "postgres", "", "select 1"))
          .hasMessageContaining("no pg_hba.conf entry");
      assertThatThrownBy(() -> EmbeddedDatabase.start(wish(Ports.free(), PASSWORD)))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("another PostgreSQL (process");
    } finally {
      database.close();
    }
    // As a volume may come back in a cluster.
    Files.setPosixFilePermissions(
        directory.resolve("postgres"), PosixFilePermissions.fromString("rwxrwx---"));

    EmbeddedDatabase again = EmbeddedDatabase.start(wish(port, "another"));
    try {
      assertThat(ask(port, "parley", "another", "select answer from kept")).isEqualTo("42");
    } finally {
      again.close();
    }
  }

  /** As it is in a pod whose container was killed while it unpacked, and was started again. */
  @Test
  void whatAKilledProcessLeftHalfUnpackedIsUnpackedAnew() throws Exception {
    Path programs = directory.resolve("programs");
    int port = Ports.free();
    EmbeddedDatabase.start(wish(port, PASSWORD), programs).close();
    Path unpacked;
    try (DirectoryStream<Path> found = Files.newDirectoryStream(programs, "PG-*")) {
      unpacked = found.iterator().next();
    }
    Files.delete(unpacked.resolve(".exists"));
    Files.delete(unpacked.resolve("bin/postgres"));

    EmbeddedDatabase again = EmbeddedDatabase.start(wish(port, PASSWORD), programs);
    try {
      assertThat(ask(port, "parley", PASSWORD, "select 42")).isEqualTo("42");
    } finally {
      again.close();
    }
  }

  @Test
  void withoutAPasswordThereIsNoDatabase() {
    CapturedTerminal terminal = CapturedTerminal.piped();
    CommandLine command =
        new CommandLine(new DatabaseCommand(terminal.terminal(), Map.of()))
            .setExecutionExceptionHandler(
                (e, line, parsed) -> {
                  terminal.terminal().err().println(e.getMessage());
                  return ExitCode.FAILED;
                });

    assertThat(command.execute("--directory", directory.toString())).isEqualTo(ExitCode.FAILED);
    assertThat(terminal.err()).contains("PARLEY_DATABASE_PASSWORD is not set");
  }

  @Test
  void aNameThatSqlWouldReadOtherwiseIsWrongUsage() {
    CapturedTerminal terminal = CapturedTerminal.piped();

    assertThat(
            Parley.run(
                terminal.terminal(),
                "database",
                "--directory",
                directory.toString(),
                "--user",
                "x; drop"))
        .isEqualTo(ExitCode.USAGE);
    assertThat(terminal.err()).contains("--user is \"x; drop\"; expected lower-case letters");
  }
}
