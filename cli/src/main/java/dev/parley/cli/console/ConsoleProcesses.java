package dev.parley.cli.console;

import dev.parley.cli.Failure;
import dev.parley.cli.database.DatabaseCommand;
import dev.parley.cli.process.ProcessPlan;
import dev.parley.cli.process.Readiness;
import dev.parley.cli.up.Fleet;
import dev.parley.cli.up.Service;
import dev.parley.cli.up.StateDirectory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The processes of the console on one machine.
 *
 * @param database its PostgreSQL
 * @param broker its Kafka; empty if one runs already
 * @param pages the service itself
 */
record ConsoleProcesses(ProcessPlan database, Optional<ProcessPlan> broker, ProcessPlan pages) {

  private static final String LOOPBACK = "localhost";
  private static final String NAME = "parley";

  /**
   * What to run.
   *
   * @param state the directory of data and logs
   * @param secrets what lets in
   * @param kafka a broker that runs already
   * @param pagesPort where the browser goes
   * @param databasePort where the database listens
   * @param brokerPort where the broker listens
   * @param policies addresses of policies by name
   * @param hold how long a verdict can be undone
   * @param patience how long a process may take to be ready
   */
  record Wish(
      Path state,
      ConsoleSecrets secrets,
      Optional<String> kafka,
      int pagesPort,
      int databasePort,
      int brokerPort,
      Map<String, String> policies,
      Duration hold,
      Duration patience) {

    /** Where the browser goes. */
    URI site() {
      return URI.create("http://" + LOOPBACK + ":" + pagesPort);
    }
  }

  /**
   * Plans the processes.
   *
   * @throws Failure if the console is not built, or where it is built is not known
   */
  static ConsoleProcesses plan(Wish wish) {
    return new ConsoleProcesses(
        database(wish),
        wish.kafka().isPresent()
            ? Optional.empty()
            : Optional.of(Fleet.broker(wish.brokerPort(), wish.state(), 1, wish.patience())),
        pages(wish));
  }

  private static ProcessPlan database(Wish wish) {
    return new ProcessPlan(
        DatabaseCommand.NAME,
        List.of(
            Service.java(),
            "-Xmx128m",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            System.getProperty("java.class.path"),
            "dev.parley.cli.Parley",
            DatabaseCommand.NAME,
            "--port",
            Integer.toString(wish.databasePort()),
            "--directory",
            wish.state().resolve("postgres").toString(),
            "--name",
            NAME,
            "--user",
            NAME),
        Map.of(DatabaseCommand.PASSWORD, wish.secrets().password()),
        StateDirectory.logs(wish.state()).resolve("database.log"),
        new Readiness.LogLine(DatabaseCommand.READY),
        wish.patience());
  }

  private static ProcessPlan pages(Wish wish) {
    Path jar = Fleet.root().resolve("console/target/quarkus-app/quarkus-run.jar");
    if (!Files.isRegularFile(jar)) {
      throw new Failure(
          "the console is not built: there is no " + jar,
          "Build it with: mvn -q -DskipTests package");
    }
    Map<String, String> properties = new TreeMap<>();
    properties.put("quarkus.http.host", LOOPBACK);
    properties.put("quarkus.http.port", Integer.toString(wish.pagesPort()));
    properties.put(
        "quarkus.datasource.jdbc.url",
        "jdbc:postgresql://%s:%d/%s".formatted(LOOPBACK, wish.databasePort(), NAME));
    properties.put("quarkus.datasource.username", NAME);
    properties.put(
        "parley.console.kafka.bootstrap-servers",
        wish.kafka().orElse(LOOPBACK + ":" + wish.brokerPort()));
    properties.put("parley.console.hold-ms", Long.toString(wish.hold().toMillis()));
    wish.policies()
        .forEach((name, target) -> properties.put("parley.console.policies." + name, target));
    List<String> command = new ArrayList<>();
    command.add(Service.java());
    command.add("-Xmx384m");
    command.add("-Djava.util.logging.manager=org.jboss.logmanager.LogManager");
    properties.forEach((key, value) -> command.add("-D" + key + "=" + value));
    command.add("-jar");
    command.add(jar.toString());
    return new ProcessPlan(
        "console",
        command,
        // Not among the arguments, which every user of the machine can list.
        Map.of(
            "QUARKUS_DATASOURCE_PASSWORD",
            wish.secrets().password(),
            "PARLEY_CONSOLE_ACCESS_TOKEN",
            wish.secrets().token()),
        StateDirectory.logs(wish.state()).resolve("console.log"),
        new Readiness.Http(wish.site().resolve("/q/health/ready")),
        wish.patience());
  }
}
