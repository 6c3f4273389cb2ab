package dev.parley.reward;

import static dev.parley.serving.metrics.MeterCatalogue.counter;
import static dev.parley.serving.metrics.MeterCatalogue.gauge;
import static dev.parley.serving.metrics.MeterCatalogue.summary;
import static dev.parley.serving.metrics.MeterCatalogue.timer;

import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.GpuMemory;
import dev.parley.reward.scoring.ForwardListener;
import dev.parley.reward.scoring.Verdict;
import dev.parley.serving.metrics.Buckets;
import dev.parley.serving.metrics.MeterCatalogue;
import dev.parley.serving.metrics.Meters;
import io.grpc.Status;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntSupplier;
import java.util.stream.Stream;

/** All meters of the service; the only class that knows Micrometer. */
@Singleton
public class RewardMetrics implements ForwardListener {

  /** Timer, tag {@value #CODE}. From a request's arrival to its answer. */
  public static final String REQUESTS = "parley.reward.requests";

  /** The gRPC status code of the answer. */
  public static final String CODE = "code";

  /**
   * Timer, tags {@value #ROUTE} and {@value #CODE}. From a request's arrival over HTTP to its
   * answer.
   */
  public static final String HTTP_REQUESTS = "parley.reward.http.requests";

  /** The path that was asked. */
  public static final String ROUTE = "route";

  /** Counter, tag {@value #STATUS}. Items of requests that were answered. */
  public static final String ITEMS = "parley.reward.items";

  /** What became of an item: ok or failed. */
  public static final String STATUS = "status";

  /** Gauge. Items that wait. */
  public static final String QUEUE_ITEMS = "parley.reward.queue.items";

  /** Timer. From a request's arrival until the worker takes it. */
  public static final String QUEUE_WAIT = "parley.reward.queue.wait";

  /** Summary. Items that were scored together. */
  public static final String BATCH_ITEMS = "parley.reward.batch.items";

  /** Timer. Scoring of one batch, by all parts of the scorer. */
  public static final String SCORING = "parley.reward.scoring";

  /** Counter, tag {@value #SCORER}. Tokens that went through a reward model, without padding. */
  public static final String TOKENS = "parley.reward.tokens";

  /** A reward model's name in the configuration. */
  public static final String SCORER = "scorer";

  /**
   * Summary, tag {@value #SCORER}, 0 to 1. Tokens of a forward pass over rows times longest row.
   */
  public static final String BATCH_OCCUPANCY = "parley.reward.batch.occupancy";

  /** Timer, tag {@value #SCORER}. One forward pass. */
  public static final String FORWARD = "parley.reward.forward";

  /**
   * Summary, tag {@value #SCORER}. Standard deviation of the values that an ensemble's members give
   * one answer.
   */
  public static final String DISAGREEMENT = "parley.reward.disagreement";

  /**
   * Gauge, tag {@value #COMPONENT}. Mean over the scored items of the last answer: of the score
   * itself, and of each of its components.
   */
  public static final String COMPONENT_MEAN = "parley.reward.component.mean";

  /** A component's name; "score" for the score itself. */
  public static final String COMPONENT = "component";

  /** Gauge, tag {@value #DEVICE}. Memory of a GPU that is taken, by whatever process. */
  public static final String GPU_MEMORY_USED = "parley.reward.gpu.memory.used";

  /** Gauge, tag {@value #DEVICE}. All memory of a GPU. */
  public static final String GPU_MEMORY = "parley.reward.gpu.memory.total";

  /** A GPU: cuda:N. */
  public static final String DEVICE = "device";

  /**
   * Gauge, tags {@value #SCORER} and {@value #HOW}, 1. How the programs that a scorer tests are
   * shut in.
   */
  public static final String SANDBOX = "parley.reward.sandbox";

  /** Namespaces, filter and memory, in words. */
  public static final String HOW = "how";

  private static final String SCORE = "score";

  private static final Tag SCORER_LABEL = Tag.of(SCORER, "a reward model's name");

  /**
   * Every meter: what it is, its unit, and its labels with their values. The number that a
   * description begins with is the step of the loop.
   */
  private static final MeterCatalogue METERS =
      MeterCatalogue.of(
          timer(
              REQUESTS,
              "4: gRPC requests, from arrival to answer",
              Tag.of(CODE, "gRPC status code")),
          timer(
              HTTP_REQUESTS,
              "4: HTTP requests of other trainers, from arrival to answer",
              Tag.of(ROUTE, "the path that was asked"),
              Tag.of(CODE, "HTTP status")),
          counter(
              ITEMS,
              "items",
              "4: items of requests that were answered",
              Tag.of(STATUS, "ok, failed")),
          gauge(QUEUE_ITEMS, "items", "4: items that wait"),
          timer(QUEUE_WAIT, "4: from a request's arrival until the worker takes it"),
          summary(BATCH_ITEMS, null, "4: items that were scored together [items]"),
          timer(SCORING, "4: scoring of one batch, by all parts of the scorer"),
          counter(
              TOKENS,
              "tokens",
              "4: tokens that went through a reward model, without padding",
              SCORER_LABEL),
          summary(
              BATCH_OCCUPANCY,
              null,
              "4: tokens of one forward pass divided by rows times longest row [0 to 1]",
              SCORER_LABEL),
          timer(FORWARD, "4: one forward pass of a reward model", SCORER_LABEL),
          summary(
              DISAGREEMENT,
              null,
              "4: standard deviation of the values of an ensemble's members for one answer"
                  + " [score]",
              SCORER_LABEL),
          gauge(
              COMPONENT_MEAN,
              null,
              "4: mean over the scored items of the last answer [score]",
              Tag.of(COMPONENT, "score, or a component's name")),
          gauge(
              GPU_MEMORY_USED,
              "bytes",
              "4: memory of a GPU that is taken, by whatever process; where there is one",
              Tag.of(DEVICE, "cuda:N")),
          gauge(
              GPU_MEMORY,
              "bytes",
              "4: all memory of a GPU; where there is one",
              Tag.of(DEVICE, "cuda:N")),
          gauge(
              SANDBOX,
              null,
              "4: how programs are shut in that a scorer of type code tests [1]",
              Tag.of(SCORER, "a scorer's name"),
              Tag.of(HOW, "namespaces, filter and memory, in words")));

  private final Map<String, AtomicReference<Double>> means = new ConcurrentHashMap<>();

  private final Map<String, String> sandboxes = new ConcurrentHashMap<>();

  private final Meters meters;
  private final Timer queueWait;
  private final DistributionSummary batchItems;
  private final Timer scoring;

  /** Registers the meters. */
  public RewardMetrics(MeterRegistry registry) {
    this.meters = METERS.in(registry);
    this.queueWait = meters.timer(QUEUE_WAIT);
    this.batchItems = meters.summary(BATCH_ITEMS, Buckets.powersOfTwo(1024));
    this.scoring = meters.timer(SCORING);
    // A counter that is first seen when it counts has no rate at that moment: 0 comes first.
    Stream.of("ok", "failed").forEach(status -> meters.counter(ITEMS, STATUS, status));
  }

  /** Returns every meter that the service may have, its labels' values in words. */
  public static List<Meter.Id> catalogue() {
    return METERS.meters();
  }

  /** Reports from now on how many items wait. */
  void watchQueue(IntSupplier waitingItems) {
    meters.gauge(QUEUE_ITEMS, waitingItems::getAsInt);
  }

  /** Counts a call that left the queue. */
  void waited(long nanos) {
    queueWait.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a batch. */
  void scored(int items, long nanos) {
    batchItems.record(items);
    scoring.record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void computed(String scorer, TokenBatch batch, long nanos) {
    meters.counter(TOKENS, SCORER, scorer).increment(batch.size());
    meters
        .summary(BATCH_OCCUPANCY, Buckets.TENTHS, SCORER, scorer)
        .record((double) batch.size() / ((double) batch.rows() * batch.longest()));
    meters.timer(FORWARD, SCORER, scorer).record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void disagreed(String scorer, double deviation) {
    meters.summary(DISAGREEMENT, Buckets.NONE, SCORER, scorer).record(deviation);
  }

  @Override
  public void shutIn(String scorer, String how) {
    sandboxes.put(scorer, how);
    meters.gauge(SANDBOX, () -> 1, SCORER, scorer, HOW, how);
  }

  /** How programs are shut in, by the names of the scorers that test them. */
  Map<String, String> sandboxes() {
    return new TreeMap<>(sandboxes);
  }

  @Override
  public void loadedOnto(GpuMemory memory) {
    meters.gauge(GPU_MEMORY_USED, memory::used, DEVICE, memory.name());
    meters.gauge(GPU_MEMORY, memory::total, DEVICE, memory.name());
  }

  /** Counts a request of another trainer, over HTTP. */
  void answeredOverHttp(String route, int status, long nanos) {
    meters
        .timer(HTTP_REQUESTS, ROUTE, route, CODE, Integer.toString(status))
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts the items of an answer. */
  void judged(List<Verdict> verdicts) {
    long ok = verdicts.stream().filter(Verdict::ok).count();
    averages(verdicts).forEach(this::show);
    items("ok", ok);
    items("failed", verdicts.size() - ok);
  }

  private static Map<String, Double> averages(List<Verdict> verdicts) {
    Map<String, DoubleSummaryStatistics> byName = new TreeMap<>();
    for (Verdict verdict : verdicts) {
      if (verdict.ok()) {
        byName.computeIfAbsent(SCORE, n -> new DoubleSummaryStatistics()).accept(verdict.value());
        verdict
            .components()
            .forEach(
                (name, value) ->
                    byName.computeIfAbsent(name, n -> new DoubleSummaryStatistics()).accept(value));
      }
    }
    Map<String, Double> means = new TreeMap<>();
    byName.forEach((name, values) -> means.put(name, values.getAverage()));
    return means;
  }

  private void show(String component, double mean) {
    means
        .computeIfAbsent(
            component,
            name -> {
              AtomicReference<Double> latest = new AtomicReference<>(mean);
              meters.gauge(COMPONENT_MEAN, latest::get, COMPONENT, name);
              return latest;
            })
        .set(mean);
  }

  private void items(String status, long count) {
    meters.counter(ITEMS, STATUS, status).increment(count);
  }

  /**
   * Counts a finished request.
   *
   * @param code its gRPC status code
   * @param nanos from arrival to answer
   */
  void answered(Status.Code code, long nanos) {
    meters.timer(REQUESTS, CODE, code.name()).record(nanos, TimeUnit.NANOSECONDS);
  }
}
