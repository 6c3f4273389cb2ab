package dev.parley.trainer;

import dev.parley.model.torchscript.GpuMemory;
import dev.parley.proto.run.v1.RunOutcome;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.configuration.ConfigurationException;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.experience.Traces;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.RecipeConfig.Run.Resume;
import dev.parley.trainer.recipe.RecipeName;
import dev.parley.trainer.recipe.RowsConfig;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.recipe.TopicRows;
import dev.parley.trainer.run.KafkaRunEvents;
import dev.parley.trainer.run.RunDirectory;
import dev.parley.trainer.run.RunListener;
import dev.parley.trainer.run.RunLog;
import dev.parley.trainer.run.TerminationMessage;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;
import org.jboss.logging.MDC;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Runs a recipe. */
@Command(
    name = "train",
    description = "Runs a recipe.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:all updates were made",
      "1:the run failed",
      "2:wrong usage or configuration; nothing was started",
      "3:stopped on request, with a checkpoint to go on from"
    })
final class TrainCommand implements Callable<Integer> {

  static final int COMPLETE = 0;
  static final int FAILED = 1;
  static final int REFUSED = 2;
  static final int STOPPED = 3;

  private static final Logger LOG = Logger.getLogger(TrainCommand.class);

  private final TrainerMetrics metrics;

  @Spec private CommandSpec spec;

  @Parameters(
      paramLabel = "RECIPE",
      description = "sft, reward-model, dpo, ppo, …: a recipe of docs/recipes",
      converter = RecipeConverter.class)
  private RecipeName recipe;

  @Option(names = "--config", paramLabel = "FILE", description = "settings as YAML")
  private Optional<Path> file = Optional.empty();

  @Option(names = "--set", paramLabel = "KEY=VALUE", description = "one setting; may be repeated")
  private List<String> sets = new ArrayList<>();

  @Option(names = "--dry-run", description = "checks everything, says what would be done, and ends")
  private boolean dryRun;

  TrainCommand(TrainerMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public Integer call() {
    try {
      return train(RecipeCatalogue.of(recipe));
    } catch (ConfigurationException e) {
      spec.commandLine().getErr().println(e.getMessage());
      return REFUSED;
    } catch (RuntimeException e) {
      LOG.debug("the run failed", e);
      spec.commandLine().getErr().println(message(e));
      return FAILED;
    }
  }

  private static String message(Throwable failure) {
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }

  private <C extends RecipeConfig> int train(Recipe<C> chosen) {
    Configuration<C> configuration = Configuration.load(chosen.configuration(), file, sets);
    C config = configuration.recipe();
    Problems problems = new Problems();
    SharedSettings.check(config, problems);
    chosen.check(config, problems);
    problems.throwIfAny();
    if (dryRun) {
      spec.commandLine().getOut().println(chosen.plan(config));
      spec.commandLine().getOut().println(configuration.toYaml());
      return COMPLETE;
    }
    RunDirectory directory = new RunDirectory(SharedSettings.directory(config));
    requireFit(directory, config.run().resume());
    // All threads of the run come from this one, and have what it notes on its lines.
    MDC.put("run", config.run().id());
    Traces.enable(
        !ConfigProvider.getConfig()
            .getOptionalValue("quarkus.otel.sdk.disabled", Boolean.class)
            .orElse(true));
    List<RunListener> listeners = new ArrayList<>();
    listeners.add(
        metrics.listener(
            config.run().id(),
            recipe.text(),
            GpuMemory.of(SharedSettings.engine(config.engine(), false))));
    TerminationMessage.inContainer().ifPresent(listeners::add);
    Optional<KafkaRunEvents> kafka = config.run().kafka().map(KafkaRunEvents::connect);
    kafka.ifPresent(listeners::add);
    StopSignal stop = StopSignal.listen(Duration.ofSeconds(config.run().stopSeconds()));
    int outcome = FAILED;
    try (RunLog log = new RunLog(config.run().id(), directory, Clock.systemUTC(), listeners)) {
      outcome =
          run(
              chosen,
              config,
              new RunContext(
                  config.run().id(), directory, log, configuration.toYaml(), stop::requested));
      return outcome;
    } finally {
      kafka.ifPresent(KafkaRunEvents::close);
      stop.ended(outcome);
    }
  }

  /** Refuses to begin over a run, and to go on with none. */
  private static void requireFit(RunDirectory directory, Resume resume) {
    if (directory.used() && resume == Resume.FALSE) {
      throw new ConfigurationException(
          directory.path()
              + " holds a run already; set run.resume=true to go on with it, or choose another"
              + " run.id or run.directory");
    }
    if (!directory.used() && resume == Resume.TRUE) {
      throw new ConfigurationException(
          directory.path()
              + " holds no run to go on with; correct run.id or run.directory, or set"
              + " run.resume=auto to begin where there is none");
    }
  }

  private <C extends RecipeConfig> int run(Recipe<C> chosen, C config, RunContext context) {
    try {
      if (config instanceof RowsConfig rows) {
        TopicRows.keep(rows, context.directory()).forEach(read -> LOG.info("read " + read));
      }
      boolean complete = chosen.run(config, context);
      if (!complete && !context.directory().used()) {
        // Stopped before it began; run.resume=true goes on with that all the same.
        context.directory().writeConfiguration(context.configuration());
      }
      context
          .log()
          .finished(
              complete ? RunOutcome.RUN_OUTCOME_COMPLETED : RunOutcome.RUN_OUTCOME_STOPPED,
              complete ? "" : "stopped on request; run.resume=true goes on");
      return complete ? COMPLETE : STOPPED;
    } catch (RuntimeException e) {
      LOG.error("the run failed", e);
      context.log().finished(RunOutcome.RUN_OUTCOME_FAILED, message(e));
      throw e;
    }
  }
}
