package dev.parley.trainer;

import static dev.parley.serving.metrics.MeterCatalogue.counter;
import static dev.parley.serving.metrics.MeterCatalogue.gauge;
import static dev.parley.serving.metrics.MeterCatalogue.timer;

import dev.parley.model.torchscript.GpuMemory;
import dev.parley.proto.run.v1.RunEvent;
import dev.parley.serving.metrics.Buckets;
import dev.parley.serving.metrics.MeterCatalogue;
import dev.parley.serving.metrics.Meters;
import dev.parley.trainer.onpolicy.OnPolicyMetrics;
import dev.parley.trainer.run.RunListener;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * All meters of the trainer; the only class that knows Micrometer. Each number of an update is also
 * a gauge named after it: {@code objective/kl} becomes {@code parley_objective_kl}. The run and the
 * recipe are labels of all.
 */
@ApplicationScoped
public class TrainerMetrics {

  /** Counter. Updates made. */
  public static final String UPDATES = "parley.trainer.updates";

  /** Gauge. The newest update, counted over all processes of the run. */
  public static final String UPDATE = "parley.trainer.update";

  /** Gauge. Updates that the run is to make in all. */
  public static final String UPDATES_PLANNED = "parley.trainer.updates.planned";

  /** Counter, tag {@value #CODE}. Warnings. */
  public static final String WARNINGS = "parley.trainer.warnings";

  /**
   * Gauge. When the newest update ended, seconds since 1970-01-01 UTC; when this process began, if
   * there is none.
   */
  public static final String LAST_UPDATE = "parley.trainer.last_update_time";

  /**
   * Gauge. When the newest checkpoint was complete, seconds since 1970-01-01 UTC; when this process
   * began, if it has written none.
   */
  public static final String LAST_CHECKPOINT = "parley.trainer.last_checkpoint_time";

  /** Counter. Checkpoints written. */
  public static final String CHECKPOINTS = "parley.trainer.checkpoints";

  /** Gauge. The newest version of the weights that was announced to the policies. */
  public static final String VERSION = "parley.trainer.version";

  /** Timer. Whole updates. */
  public static final String UPDATE_TIME = "parley.trainer.update.duration";

  /** Timer, tag {@value #PHASE}. Where the time of an update goes. */
  public static final String PHASE_TIME = "parley.trainer.phase";

  /** Counter. Answers learnt from. */
  public static final String ANSWERS = "parley.trainer.answers";

  /** Counter, tag {@value #REASON}. Answers that could not be learnt from. */
  public static final String ANSWERS_KEPT_OUT = "parley.trainer.answers.kept.out";

  /** Counter. Tokens learnt from, prompts included. */
  public static final String TOKENS = "parley.trainer.tokens";

  /** Gauge. Records of the topic that are committed and not read, as of the newest reading. */
  public static final String ROLLOUTS_LAG = "parley.trainer.rollouts.lag";

  /**
   * Gauge, tag {@value #COMPONENT}. Mean of a named part of the score, over an update's answers.
   */
  public static final String SCORE_COMPONENT = "parley.objective.score_component";

  /** Gauge, tag {@value #DEVICE}. Memory of a GPU that is taken, by whatever process. */
  public static final String GPU_MEMORY_USED = "parley.trainer.gpu.memory.used";

  /** Gauge, tag {@value #DEVICE}. All memory of a GPU. */
  public static final String GPU_MEMORY = "parley.trainer.gpu.memory.total";

  /** A GPU: cuda:N. */
  public static final String DEVICE = "device";

  /** The run. */
  public static final String RUN = "run";

  /** The run's recipe. */
  public static final String RECIPE = "recipe";

  /** A warning's short fixed name. */
  public static final String CODE = "code";

  /** A phase of an update. */
  public static final String PHASE = "phase";

  /** Why. */
  public static final String REASON = "reason";

  /** A component's name. */
  public static final String COMPONENT = "component";

  /** What numbers begin with that say where the time of an update went. */
  static final String TIMING = "timing/";

  private static final String WHOLE = "step_total";

  /** Phases of an update, as recipes name them. */
  static final Map<String, String> PHASES = phases();

  private static final String PREFIX = "parley.";

  /** Codes of warnings that alerts are made of. */
  private static final List<String> WATCHED_CODES = List.of("non_finite_step", "samples_kept_out");

  /** Reasons of the reader of rollouts, in lower case. */
  private static final List<String> REASONS =
      List.of(
          "not_generated",
          "score_failed",
          "score_timed_out",
          "reference_failed",
          "reference_timed_out",
          "unknown_version",
          "malformed",
          "aborted");

  /** Of whole updates and their phases. */
  private static final List<Duration> DURATIONS =
      Buckets.millis(
          10, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000,
          600_000, 1_800_000, 3_600_000);

  /**
   * Every meter but the curves: what it is, its unit, and its labels with their values. The number
   * that a description begins with is the step of the loop.
   */
  private static final MeterCatalogue METERS =
      MeterCatalogue.of(
          gauge(
              ROLLOUTS_LAG,
              "records",
              "5: committed rollouts of the topic that are not read, as of the newest reading"),
          counter(ANSWERS, "answers", "5: answers learnt from"),
          counter(
              ANSWERS_KEPT_OUT,
              "answers",
              "5: answers that could not be learnt from",
              Tag.of(REASON, String.join(", ", REASONS))),
          counter(TOKENS, "tokens", "6: tokens learnt from, prompts included"),
          counter(UPDATES, null, "6: updates made by this process [updates]"),
          gauge(UPDATE, null, "6: the newest update of the run"),
          gauge(UPDATES_PLANNED, null, "6: updates that the run is to make in all [updates]"),
          gauge(
              LAST_UPDATE,
              "seconds",
              "6: when the newest update ended, or this process began, since 1970-01-01 UTC"),
          timer(UPDATE_TIME, "6: whole updates"),
          timer(
              PHASE_TIME,
              "6: phases of updates",
              Tag.of(PHASE, String.join(", ", PHASES.keySet()))),
          gauge(
              SCORE_COMPONENT,
              null,
              "6: mean of a named part of the score, over the newest update's answers [score]",
              Tag.of(COMPONENT, "as the reward service names it: gold, for one")),
          counter(
              WARNINGS,
              null,
              "6: warnings of the run [warnings]",
              Tag.of(CODE, "non_finite_step, samples_kept_out, …")),
          counter(CHECKPOINTS, null, "7: checkpoints written by this process [checkpoints]"),
          gauge(
              LAST_CHECKPOINT,
              "seconds",
              "7: when the newest checkpoint was complete, or this process began, since"
                  + " 1970-01-01 UTC"),
          gauge(VERSION, null, "7: the newest version announced to the policies"),
          gauge(
              GPU_MEMORY_USED,
              "bytes",
              "6: memory of a GPU that is taken, by whatever process; where there is one",
              Tag.of(DEVICE, "cuda:N")),
          gauge(
              GPU_MEMORY,
              "bytes",
              "6: all memory of a GPU; where there is one",
              Tag.of(DEVICE, "cuda:N")));

  private final MeterRegistry registry;
  private final Map<String, Double> values = new ConcurrentHashMap<>();

  /** Takes the registry that {@code /q/metrics} shows. */
  public TrainerMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  private static Map<String, String> phases() {
    Map<String, String> phases = new LinkedHashMap<>();
    phases.put("generation", "waiting for rollouts");
    phases.put("make_experience", "computing log-probabilities, values, rewards and advantages");
    phases.put("train", "optimizer steps");
    phases.put("training", "forward, backward and optimizer step");
    phases.put("evaluation", "measuring the held-out rows");
    phases.put("broadcast", "writing and announcing the new weights");
    phases.put(WHOLE, "the whole update");
    return phases;
  }

  /** Returns the step of the loop that a phase belongs to. */
  static int stepOf(String phase) {
    return switch (phase) {
      case "generation" -> 5;
      case "broadcast" -> 7;
      default -> 6;
    };
  }

  /** Returns every meter that the service may have, its labels' values in words. */
  public static List<Meter.Id> catalogue() {
    return Stream.concat(
            METERS.meters().stream(),
            LearningCurves.list().stream()
                .map(
                    curve ->
                        gauge(PREFIX + curve.name().replace('/', '.'), null, curve.description())))
        .map(
            meter ->
                meter.withTags(
                    Tags.of(RUN, "the run's id", RECIPE, "its recipe").and(meter.getTags())))
        .toList();
  }

  /**
   * Returns a listener that keeps the meters of a run.
   *
   * @param runId the run
   * @param recipe its recipe
   */
  public RunListener listener(String runId, String recipe) {
    return listener(runId, recipe, Optional.empty());
  }

  /**
   * Returns a listener that keeps the meters of a run.
   *
   * @param runId the run
   * @param recipe its recipe
   * @param gpu the memory of the GPU that it computes on, if it does
   */
  RunListener listener(String runId, String recipe, Optional<GpuMemory> gpu) {
    Tags tags = Tags.of(RUN, runId, RECIPE, recipe);
    Meters meters = METERS.in(registry, tags);
    gpu.ifPresent(
        memory -> {
          meters.gauge(GPU_MEMORY_USED, memory::used, DEVICE, memory.name());
          meters.gauge(GPU_MEMORY, memory::total, DEVICE, memory.name());
        });
    return new MetersOfRun(tags, meters);
  }

  private final class MetersOfRun implements RunListener {

    private final Tags tags;
    private final Meters meters;
    private final Counter updates;
    private final Counter answers;
    private final Counter tokens;
    private final Counter checkpoints;
    private final Timer updateTime;
    private volatile double lastUpdate = now();
    private volatile double lastCheckpoint = now();

    MetersOfRun(Tags tags, Meters meters) {
      this.tags = tags;
      this.meters = meters;
      this.updates = meters.counter(UPDATES);
      this.answers = meters.counter(ANSWERS);
      this.tokens = meters.counter(TOKENS);
      this.checkpoints = meters.counter(CHECKPOINTS);
      this.updateTime = meters.timer(UPDATE_TIME, DURATIONS);
      meters.gauge(LAST_UPDATE, () -> lastUpdate);
      meters.gauge(LAST_CHECKPOINT, () -> lastCheckpoint);
      // A counter that is first seen when it counts has no rate at that moment: 0 comes first.
      WATCHED_CODES.forEach(code -> meters.counter(WARNINGS, CODE, code));
      REASONS.forEach(reason -> meters.counter(ANSWERS_KEPT_OUT, REASON, reason));
    }

    @Override
    public void onEvent(RunEvent event) {
      if (event.hasStarted()) {
        set(UPDATES_PLANNED, event.getStarted().getTotalUpdates());
        set(UPDATE, event.getStarted().getResumedFromUpdate());
      } else if (event.hasCheckpoint()) {
        checkpoints.increment();
        lastCheckpoint = now();
      }
    }

    @Override
    public void onMetrics(long update, Map<String, Double> numbers) {
      numbers.forEach(this::curve);
      set(UPDATE, update);
      updates.increment();
      lastUpdate = now();
    }

    private void curve(String name, double value) {
      if (name.startsWith(OnPolicyMetrics.COMPONENT)) {
        set(SCORE_COMPONENT, value, COMPONENT, name.substring(OnPolicyMetrics.COMPONENT.length()));
        return;
      }
      String gauge = PREFIX + name.replace('/', '.');
      if (values.put(gauge, value) == null) {
        Gauge.builder(gauge, () -> values.get(gauge))
            .description(
                LearningCurves.find(name)
                    .map(LearningCurves.Curve::description)
                    .orElse(name + " of the newest update"))
            .tags(tags)
            .register(registry);
      }
      if (name.startsWith(TIMING)) {
        phase(name.substring(TIMING.length()), value);
      }
    }

    private void phase(String phase, double seconds) {
      Timer timer =
          phase.equals(WHOLE) ? updateTime : meters.timer(PHASE_TIME, DURATIONS, PHASE, phase);
      timer.record(Duration.ofNanos((long) (seconds * 1e9)));
    }

    @Override
    public void onAnswers(long learnt, long tokensLearnt, Map<String, Integer> keptOut) {
      answers.increment(learnt);
      tokens.increment(tokensLearnt);
      keptOut.forEach(
          (reason, count) ->
              meters
                  .counter(ANSWERS_KEPT_OUT, REASON, reason.toLowerCase(Locale.ROOT))
                  .increment(count));
    }

    @Override
    public void onVersion(long version) {
      set(VERSION, version);
    }

    @Override
    public void onLag(long records) {
      set(ROLLOUTS_LAG, records);
    }

    @Override
    public void onWarning(String code) {
      meters.counter(WARNINGS, CODE, code).increment();
    }

    private static double now() {
      return System.currentTimeMillis() / 1000.0;
    }

    /** Sets a gauge, which is there from the first time on. */
    private void set(String name, double value, String... labels) {
      String key = name + Arrays.toString(labels);
      if (values.put(key, value) == null) {
        meters.gauge(name, () -> values.get(key), labels);
      }
    }
  }
}
