package dev.parley.cli.watch;

import dev.parley.cli.terminal.ProgressBar;
import dev.parley.cli.terminal.Quantity;
import dev.parley.cli.terminal.Rate;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.proto.run.v1.RunFinished;
import dev.parley.proto.run.v1.RunMetrics;
import dev.parley.proto.run.v1.RunProgress;
import dev.parley.proto.run.v1.RunStarted;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a run is doing, from the events so far: two lines that change (phase, bar, speed, time left;
 * the main metrics of the latest update), and lines that stay. Times are the events' own, so that a
 * file can be looked at long afterwards.
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
          "loss/policy_avg",
          "loss/value_avg",
          "loss",
          "accuracy",
          "eval/loss",
          "eval/accuracy",
          "margin",
          "lr");

  private static final int METRICS_SHOWN = 6;
  private static final int BAR = 16;

  private final boolean smooth;
  private final Rate rate = new Rate();
  private String recipe = "";
  private String phase = "starting";
  private String unit = "";
  private long done;
  private long total;
  private long totalUpdates;
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
    List<String> parts = new ArrayList<>();
    String title = recipe.isEmpty() ? phase : recipe + ": " + phase;
    String bar = ProgressBar.of(done, total, BAR, smooth);
    parts.add(bar.isEmpty() ? title : title + " " + bar);
    if (total > done) {
      rate.timeFor(total - done).ifPresent(left -> parts.add("ETA " + Quantity.duration(left)));
    }
    if (!unit.isEmpty()) {
      parts.add(
          (total > 0 ? Quantity.exact(done) + "/" + Quantity.exact(total) : Quantity.exact(done))
              + " "
              + unit);
    }
    if (tokensPerSecond > 0) {
      parts.add(Quantity.count(tokensPerSecond) + " tok/s");
    }
    List<String> lines = new ArrayList<>(List.of(String.join("  ", parts)));
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
    unit = "";
    done = 0;
    total = 0;
    totalUpdates = event.getTotalUpdates();
    tokensPerSecond = 0;
    startedMillis = atMillis;
    finished = Optional.empty();
    return List.of(
        event.getResumedFromUpdate() > 0
            ? "%s run %s goes on after update %d"
                .formatted(recipe, run, event.getResumedFromUpdate())
            : "%s run %s, %d updates".formatted(recipe, run, totalUpdates));
  }

  private List<String> progress(long atMillis, RunProgress event) {
    boolean samePhase = phase.equals(event.getPhase()) && unit.equals(event.getUnit());
    phase = event.getPhase();
    unit = event.getUnit();
    advance(atMillis, event.getDone(), event.getTotal(), samePhase);
    tokensPerSecond = event.getTokensPerSecond();
    return List.of();
  }

  private List<String> metrics(long atMillis, RunMetrics event) {
    metrics = new TreeMap<>(event.getValuesMap());
    update = event.getUpdate();
    if (unit.isEmpty() || unit.equals("updates")) {
      boolean samePhase = unit.equals("updates");
      phase = samePhase ? phase : "training";
      unit = "updates";
      advance(atMillis, update, Math.max(total, totalUpdates), samePhase);
    }
    return List.of();
  }

  private void advance(long atMillis, long newDone, long newTotal, boolean samePhase) {
    done = newDone;
    total = newTotal;
    long nanos = Duration.ofMillis(atMillis).toNanos();
    if (samePhase) {
      rate.note(nanos, done);
    } else {
      rate.restart(nanos, done);
    }
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
