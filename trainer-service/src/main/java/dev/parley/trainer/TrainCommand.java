package dev.parley.trainer;

import dev.parley.proto.run.v1.RunOutcome;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.experience.RolloutExchange;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeCatalogue;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.run.KafkaRunEvents;
import dev.parley.trainer.run.RunDirectory;
import dev.parley.trainer.run.RunListener;
import dev.parley.trainer.run.RunLog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jboss.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a recipe. */
@Command(name = "train", description = "Runs a recipe.")
final class TrainCommand implements Callable<Integer> {

  /** The run was stopped and can be resumed. */
  static final int STOPPED = 3;

  private static final Logger LOG = Logger.getLogger(TrainCommand.class);

  /** How long a stopping process waits for the recipe to write its checkpoint. */
  private static final long GRACE_SECONDS = 120;

  private final TrainerMetrics metrics;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "RECIPE", description = "sft, reward-model or ppo")
  private String recipe;

  @Option(names = "--config", paramLabel = "FILE", description = "settings as YAML")
  private Optional<Path> file = Optional.empty();

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "one setting; may be repeated")
  private List<String> sets = new ArrayList<>();

  @Option(names = "--dry-run", description = "checks everything, says what would be done, and ends")
  private boolean dryRun;

  private volatile boolean stopRequested;

  TrainCommand(TrainerMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public Integer call() {
    try {
      return train(RecipeCatalogue.of(RecipeName.parse(recipe)));
    } catch (ConfigurationException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return 2;
    } catch (RuntimeException e) {
      LOG.debug("the run failed", e);
      spec.commandLine().getErr().println(message(e));
      return 1;
    }
  }

  private static String message(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private <C extends RecipeConfig> int train(Recipe<C> chosen) {
    Configuration<C> configuration = Configuration.load(chosen.configuration(), file, sets);
    C config = configuration.recipe();
    if (dryRun) {
      spec.commandLine().getOut().println(chosen.plan(config));
      spec.commandLine().getOut().println(configuration.toYaml());
      return 0;
    }
    RunDirectory directory =
        new RunDirectory(config.run().directory().orElse(Path.of("runs", config.run().id())));
    if (directory.used() && !config.run().resume()) {
      throw new ConfigurationException(
          directory.path()
              + " holds a run already; set run.resume=true to go on with it, or choose another"
              + " run.id or run.directory");
    }
    directory.writeConfiguration(configuration.toYaml());
    List<RunListener> listeners = new ArrayList<>();
    listeners.add(metrics.listener(config.run().id(), recipe));
    Optional<KafkaRunEvents> kafka =
        config.run().kafka().map(servers -> new KafkaRunEvents(RolloutExchange.producer(servers)));
    kafka.ifPresent(listeners::add);
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(ended), "stop-run"));
    try (RunLog log = new RunLog(config.run().id(), directory, Clock.systemUTC(), listeners)) {
      return run(chosen, config, configuration.toYaml(), directory, log);
    } finally {
      kafka.ifPresent(KafkaRunEvents::close);
      ended.countDown();
    }
  }

  private <C extends RecipeConfig> int run(
      Recipe<C> chosen, C config, String yaml, RunDirectory directory, RunLog log) {
    RunContext context =
        new RunContext(config.run().id(), directory, log, yaml, () -> stopRequested);
    try {
      boolean complete = chosen.run(config, context);
      log.finished(
          complete ? RunOutcome.RUN_OUTCOME_COMPLETED : RunOutcome.RUN_OUTCOME_STOPPED,
          complete ? "" : "stopped on request; run.resume=true goes on",
          metrics.updates());
      return complete ? 0 : STOPPED;
    } catch (RuntimeException e) {
      LOG.error("the run failed", e);
      log.finished(RunOutcome.RUN_OUTCOME_FAILED, message(e), metrics.updates());
      throw e;
    }
  }

  /** Asks the recipe to end, and keeps the process alive until it has. */
  private void stop(CountDownLatch ended) {
    stopRequested = true;
    try {
      if (!ended.await(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warnf("the run did not end within %d s; its last checkpoint stands", GRACE_SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
