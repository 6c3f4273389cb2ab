package dev.parley.cli.watch;

import dev.parley.cli.terminal.Quantity;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunMetrics;
import dev.parley.proto.run.v1.RunProgress;
import dev.parley.proto.run.v1.RunStarted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a run is doing, from the events so far: lines that change (how far the updates are, what is
 * being done besides, the main metrics of the latest update), and lines that stay. Times are the
 * events' own, so that a file can be looked at long afterwards.
 */
final class RunView {

  /**
   * The metrics that tell most, first things first; the first ones that an update has are shown.
   * Names are the common ones of the recipes.
   */
  private static final List<String> MAIN =
      List.of(
          "objective/scores",
          "objective/kl",
          "objective/entropy",
          "policy/clipfrac_avg",
          "critic/vf_explained_var",
          "loss/policy_avg",
          "loss/value_avg",
          "loss",
          "accuracy",
          "rewards/accuracies",
          "margin",
          "rewards/margins",
          "eval_loss",
          "eval_accuracy",
          "grad_norm",
          "learning_rate");

  private static final int METRICS_SHOWN = 5;
  private static final String UPDATES = "updates";

  private final boolean smooth;
  private final Map<String, Course> phases = new HashMap<>();
  private Course updates = new Course(UPDATES, 0);
  private boolean updating;
  private String recipe = "";
  private String phase = "starting";
  private String phaseUnit = "";
  private double tokensPerSecond;
  private long startedMillis;
  private Map<String, Double> metrics = Map.of();
  private long update;
  private Optional<RunFinished> finished = Optional.empty();

  /**
   * A view of nothing yet.
   *
   * @param smooth whether bars may be drawn with block characters
   */
  RunView(boolean smooth) {
    this.smooth = smooth;
  }

  /**
   * Takes an event.
   *
   * @return the lines that it leaves standing
   */
  List<String> take(RunEvent event) {
    return switch (event.getEventCase()) {
      case STARTED -> started(event.getRunId(), event.getAtMs(), event.getStarted());
      case PROGRESS -> progress(event.getAtMs(), event.getProgress());
      case METRICS -> metrics(event.getAtMs(), event.getMetrics());
      case CHECKPOINT ->
          List.of(
              "checkpoint of update %d: %s"
                  .formatted(event.getCheckpoint().getUpdate(), event.getCheckpoint().getUri()));
      case WARNING ->
          List.of(
              "warning %s: %s"
                  .formatted(event.getWarning().getCode(), event.getWarning().getMessage()));
      case FINISHED -> finished(event.getAtMs(), event.getFinished());
      case EVENT_NOT_SET -> List.of();
    };
  }

  /** The lines that change. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    if (updating) {
      List<String> words = updates.words(recipe.isEmpty() ? "run" : recipe, smooth);
      if (tokensPerSecond > 0) {
        words.add(Quantity.count(tokensPerSecond) + " tok/s");
      }
      lines.add(String.join("  ", words));
    }
    if (!updating || !phaseUnit.equals(UPDATES)) {
      String title = updating ? "  " + phase : recipe.isEmpty() ? phase : recipe + ": " + phase;
      Course course = phases.get(phase);
      lines.add(course == null ? title : String.join("  ", course.words(title, smooth)));
    }
    if (!metrics.isEmpty()) {
      lines.add("  update " + update + "  " + mainMetrics());
    }
    return lines;
  }

  /** How the run ended; empty while it goes on. */
  Optional<RunFinished> finished() {
    return finished;
  }

  private List<String> started(String run, long atMillis, RunStarted event) {
    recipe = event.getRecipe();
    phase = "starting";
    phaseUnit = "";
    phases.clear();
    updates = new Course(UPDATES, event.getTotalUpdates());
    updates.resume(atMillis, event.getResumedFromUpdate());
    updating = false;
    tokensPerSecond = 0;
    startedMillis = atMillis;
    finished = Optional.empty();
    return List.of(
        event.getResumedFromUpdate() > 0
            ? "%s run %s goes on after update %d of %d"
                .formatted(recipe, run, event.getResumedFromUpdate(), event.getTotalUpdates())
            : "%s run %s, %d updates".formatted(recipe, run, event.getTotalUpdates()));
  }

  private List<String> progress(long atMillis, RunProgress event) {
    phase = event.getPhase();
    phaseUnit = event.getUnit();
    if (phaseUnit.equals(UPDATES)) {
      updates.at(atMillis, event.getDone(), event.getTotal());
      updating = true;
      tokensPerSecond = event.getTokensPerSecond();
    } else {
      phases
          .computeIfAbsent(phase, name -> new Course(event.getUnit(), event.getTotal()))
          .at(atMillis, event.getDone(), event.getTotal());
    }
    return List.of();
  }

  private List<String> metrics(long atMillis, RunMetrics event) {
    metrics = new TreeMap<>(event.getValuesMap());
    update = event.getUpdate();
    updates.at(atMillis, update, updates.total());
    updating = true;
    phase = "training";
    phaseUnit = UPDATES;
    return List.of();
  }

  private List<String> finished(long atMillis, RunFinished event) {
    finished = Optional.of(event);
    String took =
        startedMillis > 0
            ? " in " + Quantity.duration(Duration.ofMillis(atMillis - startedMillis))
            : "";
    return List.of(
        switch (event.getOutcome()) {
          case RUN_OUTCOME_COMPLETED -> "done: %d updates%s".formatted(event.getUpdates(), took);
          case RUN_OUTCOME_STOPPED ->
              "stopped after update %d%s; it can be resumed".formatted(event.getUpdates(), took);
          case RUN_OUTCOME_FAILED ->
              "failed after update %d%s: %s"
                  .formatted(event.getUpdates(), took, event.getMessage());
          case RUN_OUTCOME_UNSPECIFIED, UNRECOGNIZED ->
              "ended after update %d%s".formatted(event.getUpdates(), took);
        });
  }

  private String mainMetrics() {
    List<String> names = new ArrayList<>(MAIN.stream().filter(metrics::containsKey).toList());
    if (names.isEmpty()) {
      names.addAll(metrics.keySet());
    }
    return String.join(
        "  ",
        names.stream()
            .limit(METRICS_SHOWN)
            .map(name -> name + " " + Quantity.measured(metrics.get(name)))
            .toList());
  }
}
