package dev.parley.trainer.toy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.proto.run.v1.RunEvent;
import dev.parley.trainer.RecipePage;
import dev.parley.trainer.configuration.Configuration;
import dev.parley.trainer.configuration.Problems;
import dev.parley.trainer.recipe.Plan;
import dev.parley.trainer.recipe.Recipe;
import dev.parley.trainer.recipe.RecipeConfig;
import dev.parley.trainer.recipe.RunContext;
import dev.parley.trainer.recipe.SharedSettings;
import dev.parley.trainer.run.RunDirectory;
import dev.parley.trainer.run.RunListener;
import dev.parley.trainer.run.RunLog;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * One run of a real recipe over real files, as the trainer's command makes it.
 *
 * @param recipe the recipe
 * @param path the run's directory
 * @param sets its settings, {@code key=value}
 * @param <C> the recipe's settings
 */
public record ToyRun<C extends RecipeConfig>(Recipe<C> recipe, Path path, List<String> sets) {

  /** A process that was killed: thrown where the run is to be cut off. */
  public static final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  /**
   * What a run did.
   *
   * @param complete whether it came to its end
   * @param heard what it said
   */
  public record Ended(boolean complete, Heard heard) {}

  /** Returns the same run with more settings; a later value of a key counts. */
  public ToyRun<C> with(String... more) {
    return new ToyRun<>(recipe, path, Stream.concat(sets.stream(), Stream.of(more)).toList());
  }

  /** Returns the run's files. */
  public RunDirectory directory() {
    return new RunDirectory(path);
  }

  /** Returns the settings as they resolve. */
  public C config() {
    Configuration<C> configuration = configuration();
    Problems problems = new Problems();
    SharedSettings.check(configuration.recipe(), problems);
    recipe.check(configuration.recipe(), problems);
    problems.throwIfAny();
    return configuration.recipe();
  }

  private Configuration<C> configuration() {
    return Configuration.load(recipe.configuration(), Optional.empty(), sets);
  }

  /** Returns what the run would do. */
  public Plan plan() {
    return recipe.plan(config());
  }

  /** Runs to the end. */
  public Ended run() {
    return run(heard -> false, List.of());
  }

  /** Runs until an update is done, and asks the run to stop then. */
  public Ended stopAfter(long update) {
    return stopWhen(heard -> heard.lastUpdate() >= update);
  }

  /** Runs until it has said something, and asks the run to stop then. */
  public Ended stopWhen(Predicate<Heard> said) {
    return run(said, List.of());
  }

  /** Runs to the end, or until a listener throws. */
  public Ended run(RunListener listener) {
    return run(heard -> false, List.of(listener));
  }

  /** Goes on from the newest checkpoint. */
  public ToyRun<C> resumed() {
    return with("run.resume=true");
  }

  /** Returns a listener that cuts the run off once an update has told its numbers. */
  public static RunListener killAfter(long update) {
    return new RunListener() {
      @Override
      public void onMetrics(long done, Map<String, Double> values) {
        if (done == update) {
          throw new Killed();
        }
      }
    };
  }

  /** Returns a listener that cuts the run off at the first event of a kind. */
  public static RunListener killAt(Predicate<RunEvent> kind) {
    return new RunListener() {
      @Override
      public void onEvent(RunEvent event) {
        if (kind.test(event)) {
          throw new Killed();
        }
      }
    };
  }

  private Ended run(Predicate<Heard> stop, List<RunListener> more) {
    Heard heard = new Heard();
    List<RunListener> listeners = new ArrayList<>(List.of(heard));
    listeners.addAll(more);
    C config = config();
    try (RunLog log = new RunLog(config.run().id(), directory(), Clock.systemUTC(), listeners)) {
      RunContext context =
          new RunContext(
              config.run().id(),
              directory(),
              log,
              configuration().toYaml(),
              () -> stop.test(heard));
      Ended ended = new Ended(recipe.run(config, context), heard);
      assertThat(RecipePage.of(recipe).metrics())
          .as("metrics that the recipe's page explains")
          .containsAll(heard.metricNames());
      return ended;
    }
  }
}
