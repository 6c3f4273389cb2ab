package dev.parley.cli.database;

import dev.parley.cli.Failure;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;

/**
 * A PostgreSQL whose programs come out of a jar. Over the network it lets in one user, with a
 * password, to one database.
 */
final class EmbeddedDatabase implements AutoCloseable {

  private static final String SUPERUSER = "postgres";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** The library's mark in a directory that it has unpacked to the end. */
  private static final String WHOLE = ".exists";

  /** Who may come in while the server is being set up: this process, on this machine. */
  private static final String SETTING_UP =
      """
      host all %1$s 127.0.0.1/32 trust
      host all %1$s ::1/128 trust
      """
          .formatted(SUPERUSER);

  private final EmbeddedPostgres server;
  private final ProcessHandle process;

  private EmbeddedDatabase(EmbeddedPostgres server, ProcessHandle process) {
    this.server = server;
    this.process = process;
  }

  /**
   * What is wanted.
   *
   * @param directory of the data
   * @param host the interface; 0.0.0.0 is all of them
   * @param port where clients connect
   * @param name of the database
   * @param user who owns it
   * @param password of this user
   */
  record Wish(Path directory, String host, int port, String name, String user, String password) {}

  /**
   * Starts a server; its data are made if there are none, and taken up if there are.
   *
   * @throws Failure if it does not start
   */
  static EmbeddedDatabase start(Wish wish) {
    return start(wish, programs());
  }

  /** The same, with the directory that PostgreSQL's programs are unpacked to. */
  static EmbeddedDatabase start(Wish wish, Path programs) {
    try {
      prepare(wish.directory());
      EmbeddedPostgres server = unpackAndStart(builder(wish, programs), programs);
      try {
        setUp(server, wish);
        return new EmbeddedDatabase(server, process(wish.directory()));
      } catch (SQLException | IOException | RuntimeException e) {
        server.close();
        throw e;
      }
    } catch (Failure e) {
      throw e;
    } catch (SQLException | IOException | RuntimeException e) {
      throw new Failure(
          "PostgreSQL does not start on %s:%d with its data in %s: %s"
              .formatted(wish.host(), wish.port(), wish.directory(), e.getMessage()),
          "Its own messages stand above. Is the directory of another major version, or full? Has this"
              + " process' user a name in /etc/passwd, as initdb needs it?",
          e);
    }
  }

  /** PostgreSQL wants its directory for itself; a volume may come with wider rights. */
  private static void prepare(Path directory) throws IOException {
    Files.createDirectories(directory);
    if (FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
      Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    }
    Optional<ProcessHandle> other = running(directory);
    if (other.isPresent()) {
      throw new Failure(
          "another PostgreSQL (process %d) uses %s".formatted(other.get().pid(), directory),
          "Stop it: kill -INT %d".formatted(other.get().pid()));
    }
    if (Files.exists(accessFile(directory))) {
      Files.writeString(accessFile(directory), SETTING_UP);
    }
  }

  private static Path accessFile(Path directory) {
    return directory.resolve("pg_hba.conf");
  }

  /**
   * The library cannot unpack into what an earlier process left half unpacked when it was killed.
   * Who takes that away must know that nobody is unpacking just now, hence the lock; it is gone
   * with its process, however that ends.
   */
  private static synchronized EmbeddedPostgres unpackAndStart(
      EmbeddedPostgres.Builder builder, Path programs) throws IOException {
    Files.createDirectories(programs);
    try (FileChannel file =
        FileChannel.open(
            programs.resolve("parley.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      file.lock();
      try (DirectoryStream<Path> unpacked = Files.newDirectoryStream(programs, "PG-*")) {
        for (Path version : unpacked) {
          if (!Files.exists(version.resolve(WHOLE))) {
            FileUtils.deleteDirectory(version.toFile());
          }
        }
      }
      return builder.start();
    }
  }

  private static EmbeddedPostgres.Builder builder(Wish wish, Path programs) {
    return EmbeddedPostgres.builder()
        .setDataDirectory(wish.directory())
        .setCleanDataDirectory(false)
        .setOverrideWorkingDirectory(programs.toFile())
        .setPort(wish.port())
        .setPGStartupWait(PATIENCE)
        .setServerConfig("listen_addresses", listen(wish.host()))
        .setServerConfig("unix_socket_directories", "")
        .setServerConfig("password_encryption", "scram-sha-256")
        // The library means databases to be thrown away; this one is to be there after a crash.
        .setServerConfig("fsync", "on")
        .setServerConfig("synchronous_commit", "on")
        .setServerConfig("full_page_writes", "on")
        .setServerConfig("max_connections", "100")
        .setErrorRedirector(ProcessBuilder.Redirect.INHERIT)
        .setOutputRedirector(ProcessBuilder.Redirect.INHERIT);
  }

  /** This process itself comes by way of localhost, whatever interface others use. */
  private static String listen(String host) {
    return List.of("localhost", "127.0.0.1", "0.0.0.0", "*").contains(host)
        ? host
        : host + ",localhost";
  }

  /** Where PostgreSQL's programs are unpacked: a place of this user's own. */
  private static Path programs() {
    String user = System.getProperty("user.name", "").replaceAll("[^A-Za-z0-9]", "_");
    return Path.of(System.getProperty("java.io.tmpdir"), "parley-postgres-" + user);
  }

  private static void setUp(EmbeddedPostgres server, Wish wish) throws SQLException, IOException {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      if (!exists(connection, "select 1 from pg_roles where rolname = ?", wish.user())) {
        statement.execute("create role " + wish.user() + " login");
      }
      statement.execute(
          "alter role %s password %s".formatted(wish.user(), literal(connection, wish.password())));
      if (!exists(connection, "select 1 from pg_database where datname = ?", wish.name())) {
        statement.execute("create database %s owner %s".formatted(wish.name(), wish.user()));
      }
      Files.writeString(
          accessFile(wish.directory()),
          "host %s %s all scram-sha-256%n".formatted(wish.name(), wish.user()));
      statement.execute("select pg_reload_conf()");
    }
  }

  private static boolean exists(Connection connection, String query, String name)
      throws SQLException {
    try (PreparedStatement select = connection.prepareStatement(query)) {
      select.setString(1, name);
      try (ResultSet found = select.executeQuery()) {
        return found.next();
      }
    }
  }

  /** A text as SQL writes it: statements about roles take no parameters. */
  private static String literal(Connection connection, String text) throws SQLException {
    try (PreparedStatement select = connection.prepareStatement("select quote_literal(?)")) {
      select.setString(1, text);
      try (ResultSet quoted = select.executeQuery()) {
        quoted.next();
        return quoted.getString(1);
      }
    }
  }

  private static ProcessHandle process(Path directory) throws IOException {
    return running(directory)
        .orElseThrow(() -> new IOException("it has ended again: its messages stand above"));
  }

  /** The server that has left its number in a directory, if it runs. */
  private static Optional<ProcessHandle> running(Path directory) throws IOException {
    Path file = directory.resolve("postmaster.pid");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    long number = Long.parseLong(Files.readAllLines(file).get(0).strip());
    return ProcessHandle.of(number)
        .filter(ProcessHandle::isAlive)
        // After a crash the number may be another program's, in a container even this one's.
        .filter(found -> found.info().command().orElse("").endsWith("postgres"));
  }

  /** Waits until the server has ended, for whatever reason. */
  void await() {
    process.onExit().join();
  }

  /** Stops the server: what was committed is on the disk, and clients are cut off. */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new Failure("PostgreSQL does not stop: " + e.getMessage(), "", e);
    }
  }
}
