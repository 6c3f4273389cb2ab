package dev.parley.reward;

import dev.parley.model.decoder.TokenBatch;
import dev.parley.reward.scoring.ForwardListener;
import dev.parley.reward.scoring.Verdict;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
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

  private static final String SCORE = "score";

  private final Map<String, AtomicReference<Double>> means = new ConcurrentHashMap<>();

  private final MeterRegistry registry;
  private final Timer queueWait;
  private final DistributionSummary batchItems;
  private final Timer scoring;

  /** Registers the meters. */
  public RewardMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.queueWait =
        Timer.builder(QUEUE_WAIT)
            .description("From a request's arrival until the worker takes it")
            .register(registry);
    this.batchItems =
        DistributionSummary.builder(BATCH_ITEMS)
            .description("Items that were scored together")
            .register(registry);
    this.scoring =
        Timer.builder(SCORING)
            .description("Scoring of one batch, by all parts of the scorer")
            .register(registry);
  }

  /** Reports from now on how many items wait. */
  void watchQueue(IntSupplier waitingItems) {
    Gauge.builder(QUEUE_ITEMS, waitingItems, IntSupplier::getAsInt)
        .description("Items that wait")
        .baseUnit("items")
        .strongReference(true)
        .register(registry);
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
    Counter.builder(TOKENS)
        .description("Tokens that went through a reward model, without padding")
        .baseUnit("tokens")
        .tag(SCORER, scorer)
        .register(registry)
        .increment(batch.size());
    DistributionSummary.builder(BATCH_OCCUPANCY)
        .description("Tokens of one forward pass divided by rows times longest row")
        .tag(SCORER, scorer)
        .register(registry)
        .record((double) batch.size() / ((double) batch.rows() * batch.longest()));
    Timer.builder(FORWARD)
        .description("One forward pass")
        .tag(SCORER, scorer)
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }

  @Override
  public void disagreed(String scorer, double deviation) {
    DistributionSummary.builder(DISAGREEMENT)
        .description("Standard deviation of the values of an ensemble's members for one answer")
        .tag(SCORER, scorer)
        .register(registry)
        .record(deviation);
  }

  /** Counts a request of another trainer, over HTTP. */
  void answeredOverHttp(String route, int status, long nanos) {
    Timer.builder(HTTP_REQUESTS)
        .description("From a request's arrival over HTTP to its answer")
        .tag(ROUTE, route)
        .tag(CODE, Integer.toString(status))
        .register(registry)
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
              Gauge.builder(COMPONENT_MEAN, latest, AtomicReference::get)
                  .description("Mean over the scored items of the last answer")
                  .tag(COMPONENT, name)
                  .strongReference(true)
                  .register(registry);
              return latest;
            })
        .set(mean);
  }

  private void items(String status, long count) {
    Counter.builder(ITEMS)
        .description("Items of requests that were answered")
        .baseUnit("items")
        .tag(STATUS, status)
        .register(registry)
        .increment(count);
  }

  /**
   * Counts a finished request.
   *
   * @param code its gRPC status code
   * @param nanos from arrival to answer
   */
  void answered(Status.Code code, long nanos) {
    Timer.builder(REQUESTS)
        .description("From a request's arrival to its answer")
        .tag(CODE, code.name())
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
  }
}
