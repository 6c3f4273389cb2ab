package dev.parley.cli.database;

import dev.parley.cli.ExitCode;
import dev.parley.cli.Failure;
import dev.parley.cli.process.Ports;
import dev.parley.cli.terminal.Terminal;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Runs PostgreSQL beside this process until it is told to stop. */
@Command(
    name = DatabaseCommand.NAME,
    hidden = true,
    header = "Run a PostgreSQL for one machine, with the console's database.",
    description = {
      "",
      "'parley console' starts it by itself; in a cluster it serves trials. One server, no copies"
          + " of the data. SIGTERM stops it cleanly; its data outlive it. The user's password comes"
          + " from the environment variable "
          + DatabaseCommand.PASSWORD
          + "; a new one replaces the old one."
    },
    footer = {
      "Examples:",
      "  parley database --port 5432 --directory .parley/postgres",
      "  parley database --host 0.0.0.0 --directory /data/postgres --user parley"
    })
public final class DatabaseCommand implements Callable<Integer> {

  /** The command's name. */
  public static final String NAME = "database";

  /** The environment variable that holds the password. */
  public static final String PASSWORD = "PARLEY_DATABASE_PASSWORD";

  /** What the process prints once clients can use it. */
  public static final String READY = "The database is ready on ";

  private final Terminal terminal;
  private final Map<String, String> environment;

  @Spec private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "5432",
      description = "Where clients connect. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "HOST",
      defaultValue = "localhost",
      description =
          "The interface to listen on; 0.0.0.0 is all of them. Default: ${DEFAULT-VALUE}.")
  private String host;

  @Option(
      names = "--directory",
      required = true,
      paramLabel = "DIR",
      description = "Where it keeps its data; an existing directory of an earlier run is taken up.")
  private Path directory;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      defaultValue = "parley",
      description = "The database. Default: ${DEFAULT-VALUE}.")
  private String name;

  @Option(
      names = "--user",
      paramLabel = "NAME",
      defaultValue = "parley",
      description = "Who owns it. Default: ${DEFAULT-VALUE}.")
  private String user;

  /** The command, printing to a terminal. */
  public DatabaseCommand(Terminal terminal) {
    this(terminal, System.getenv());
  }

  DatabaseCommand(Terminal terminal, Map<String, String> environment) {
    this.terminal = terminal;
    this.environment = environment;
  }

  @Override
  public Integer call() {
    requireName("--name", name);
    requireName("--user", user);
    String password = environment.getOrDefault(PASSWORD, "");
    if (password.isEmpty()) {
      throw new Failure(
          "the environment variable " + PASSWORD + " is not set",
          "Set it to the password of the user \"%s\".".formatted(user));
    }
    Ports.requireFree(port, "the database");
    EmbeddedDatabase database =
        EmbeddedDatabase.start(
            new EmbeddedDatabase.Wish(
                directory.toAbsolutePath().normalize(), host, port, name, user, password));
    Runtime.getRuntime().addShutdownHook(new Thread(database::close, "database-shutdown"));
    terminal.out().println(READY + host + ":" + port);
    terminal.flush();
    database.await();
    return ExitCode.FAILED;
  }

  /** A name that is the same whether it is quoted or not. */
  private void requireName(String option, String value) {
    if (!value.matches("[a-z_][a-z0-9_]{0,62}")) {
      throw new ParameterException(
          spec.commandLine(),
          "%s is \"%s\"; expected lower-case letters, digits and _".formatted(option, value));
    }
  }
}
