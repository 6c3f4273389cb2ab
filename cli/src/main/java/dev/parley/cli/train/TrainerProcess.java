package dev.parley.cli.train;

import dev.parley.cli.Failure;
import dev.parley.cli.config.ConfigurationOptions;
import dev.parley.cli.process.ChildProcess;
import dev.parley.cli.process.ProcessPlan;
import dev.parley.cli.process.Readiness;
import dev.parley.cli.process.Supervisor;
import dev.parley.cli.terminal.Terminal;
import dev.parley.cli.up.Fleet;
import dev.parley.cli.up.Service;
import dev.parley.cli.watch.RunWatch;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The trainer as a process of its own.
 *
 * @param recipe the recipe's name
 * @param arguments its settings, as {@code --config FILE} and {@code --set KEY=VALUE}
 * @param threads for tensors; 0 leaves it to libtorch
 */
public record TrainerProcess(String recipe, List<String> arguments, int threads) {

  /** Copies the list. */
  public TrainerProcess {
    arguments = List.copyOf(arguments);
  }

  /**
   * The trainer with these settings and no file.
   *
   * @param recipe the recipe's name
   * @param settings by key
   * @param threads for tensors; 0 leaves it to libtorch
   */
  public static TrainerProcess of(String recipe, Map<String, ?> settings, int threads) {
    return new TrainerProcess(recipe, ConfigurationOptions.assignments(settings), threads);
  }

  /**
   * Runs the recipe, showing how it comes on, until it ends.
   *
   * @param supervisor stops it if this process ends
   * @param terminal where to show it
   * @param run the run's directory
   * @return how it ended
   * @throws Failure if it failed, with the reason
   * @throws InterruptedException if everything is being stopped meanwhile
   */
  public RunFinished run(Supervisor supervisor, Terminal terminal, Path run)
      throws InterruptedException {
    Path log = run.resolve("logs").resolve("trainer.log");
    long before = RunWatch.written(run);
    ChildProcess trainer =
        supervisor.start(
            new ProcessPlan(
                "trainer",
                command(),
                Service.environment(cores()),
                log,
                new Readiness.LogLine("Installed features"),
                Duration.ofMinutes(1)));
    Optional<RunFinished> finished = new RunWatch(terminal).follow(run, before, trainer::isAlive);
    supervisor.awaitEnd(trainer);
    if (finished.isEmpty()) {
      throw trainer.failure("before the run began");
    }
    if (finished.get().getOutcome() == RunOutcome.RUN_OUTCOME_FAILED) {
      throw new Failure(
          "the %s run failed: %s".formatted(recipe, finished.get().getMessage()),
          "Its log is " + log + ".");
    }
    return finished.get();
  }

  /**
   * Runs the trainer for what it prints: a dry run, or the description of a recipe.
   *
   * @param verb "train" or "describe"
   * @return its exit code
   * @throws InterruptedException if this thread is interrupted
   */
  public int print(String verb, String... extra) throws InterruptedException {
    List<String> command = new ArrayList<>(command(verb));
    command.addAll(List.of(extra));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    builder.environment().putAll(Service.environment(cores()));
    builder.environment().put("QUARKUS_LOG_LEVEL", "WARN");
    try {
      return builder.start().waitFor();
    } catch (IOException e) {
      throw new Failure("the trainer cannot be started: " + e.getMessage(), "", e);
    }
  }

  /**
   * Returns the command that runs the recipe.
   *
   * @throws Failure if the trainer is not built
   */
  public List<String> command() {
    return command("train");
  }

  private List<String> command(String verb) {
    Path jar = Fleet.root().resolve("trainer-service/target/quarkus-app/quarkus-run.jar");
    if (!Files.isRegularFile(jar)) {
      throw new Failure(
          "the trainer is not built: there is no " + jar,
          "Build it with: mvn -q -DskipTests package");
    }
    List<String> command = Service.jvm();
    command.addAll(
        List.of(
            "-Djava.util.logging.manager=org.jboss.logmanager.LogManager",
            "-Dquarkus.http.port=0",
            "-Dquarkus.http.host=localhost",
            "-jar",
            jar.toString(),
            verb,
            recipe));
    if (verb.equals("train")) {
      command.addAll(arguments);
    }
    return command;
  }

  private int cores() {
    return threads > 0 ? threads : Runtime.getRuntime().availableProcessors();
  }
}
