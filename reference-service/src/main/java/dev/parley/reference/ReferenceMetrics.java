package dev.parley.reference;

import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.GpuMemory;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** All meters of the service; the only class that knows Micrometer. */
@Singleton
public class ReferenceMetrics {

  /** Timer, tag {@value #CODE}. From a request's arrival to its answer. */
  public static final String REQUESTS = "parley.reference.requests";

  /** The gRPC status code of the answer. */
  public static final String CODE = "code";

  /** Counter, tag {@value #STATUS}. Sequences of finished requests. */
  public static final String SEQUENCES = "parley.reference.sequences";

  /** What became of a sequence: ok, failed or cancelled. */
  public static final String STATUS = "status";

  /** Counter. Tokens that went through the model, without padding. */
  public static final String TOKENS = "parley.reference.tokens";

  /** Gauge. Tokens that wait. */
  public static final String QUEUE_TOKENS = "parley.reference.queue.tokens";

  /** Timer. From a request's arrival until the worker takes it. */
  public static final String QUEUE_WAIT = "parley.reference.queue.wait";

  /** Summary. Sequences of one forward pass. */
  public static final String BATCH_SEQUENCES = "parley.reference.batch.sequences";

  /** Summary, 0 to 1. Tokens of one forward pass, divided by rows times longest row. */
  public static final String BATCH_OCCUPANCY = "parley.reference.batch.occupancy";

  /** Timer. One forward pass. */
  public static final String FORWARD = "parley.reference.forward";

  /** Gauge, tag {@value #DEVICE}. Memory of a GPU that is taken, by whatever process. */
  public static final String GPU_MEMORY_USED = "parley.reference.gpu.memory.used";

  /** Gauge, tag {@value #DEVICE}. All memory of a GPU. */
  public static final String GPU_MEMORY = "parley.reference.gpu.memory.total";

  /** A GPU: cuda:N. */
  public static final String DEVICE = "device";

  /** Upper bounds of the buckets of every timer, milliseconds. */
  private static final long[] LATENCIES = {
    1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 120_000,
    300_000
  };

  private static final double[] POWERS_OF_TWO =
      DoubleStream.iterate(1, bound -> bound <= 1024, bound -> 2 * bound).toArray();

  private static final double[] TENTHS =
      DoubleStream.iterate(1, tenth -> tenth <= 10, tenth -> tenth + 1).map(t -> t / 10).toArray();

  /**
   * Every meter: what it is, its unit, and its labels with their values. The number that a
   * description begins with is the step of the loop.
   */
  private static final Map<String, Meter.Id> METERS =
      Stream.of(
              timer(
                  REQUESTS,
                  "4: gRPC requests, from arrival to answer",
                  Tag.of(CODE, "gRPC status code")),
              counter(
                  SEQUENCES,
                  "sequences",
                  "4: sequences of finished requests",
                  Tag.of(STATUS, "ok, failed, cancelled")),
              counter(TOKENS, "tokens", "4: tokens that went through the model, without padding"),
              gauge(QUEUE_TOKENS, "tokens", "4: tokens that wait"),
              timer(QUEUE_WAIT, "4: from a request's arrival until the worker takes it"),
              summary(BATCH_SEQUENCES, null, "4: sequences of one forward pass [sequences]"),
              summary(
                  BATCH_OCCUPANCY,
                  null,
                  "4: tokens of one forward pass divided by rows times longest row [0 to 1]"),
              timer(FORWARD, "4: one forward pass"),
              gauge(
                  GPU_MEMORY_USED,
                  "bytes",
                  "4: memory of a GPU that is taken, by whatever process; where there is one",
                  Tag.of(DEVICE, "cuda:N")),
              gauge(
                  GPU_MEMORY,
                  "bytes",
                  "4: all memory of a GPU; where there is one",
                  Tag.of(DEVICE, "cuda:N")))
          .collect(
              Collectors.toMap(
                  Meter.Id::getName, id -> id, (one, other) -> one, LinkedHashMap::new));

  private final MeterRegistry registry;
  private final Counter tokens;
  private final Timer queueWait;
  private final DistributionSummary batchSequences;
  private final DistributionSummary batchOccupancy;
  private final Timer forward;

  /** Registers the meters. */
  public ReferenceMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.tokens = registerCounter(TOKENS);
    this.queueWait = registerTimer(QUEUE_WAIT);
    this.batchSequences = registerSummary(BATCH_SEQUENCES, POWERS_OF_TWO);
    this.batchOccupancy = registerSummary(BATCH_OCCUPANCY, TENTHS);
    this.forward = registerTimer(FORWARD);
    // A counter that is first seen when it counts has no rate at that moment: 0 comes first.
    Stream.of("ok", "failed", "cancelled")
        .forEach(status -> registerCounter(SEQUENCES, STATUS, status));
  }

  /** Returns every meter that the service may have, its labels' values in words. */
  public static List<Meter.Id> catalogue() {
    return List.copyOf(METERS.values());
  }

  private static Meter.Id counter(String name, String unit, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), unit, description, Meter.Type.COUNTER);
  }

  private static Meter.Id gauge(String name, String unit, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), unit, description, Meter.Type.GAUGE);
  }

  private static Meter.Id summary(String name, String unit, String description) {
    return new Meter.Id(name, Tags.empty(), unit, description, Meter.Type.DISTRIBUTION_SUMMARY);
  }

  private static Meter.Id timer(String name, String description, Tag... labels) {
    return new Meter.Id(name, Tags.of(labels), "seconds", description, Meter.Type.TIMER);
  }

  private Counter registerCounter(String name, String... labels) {
    Meter.Id meter = METERS.get(name);
    return Counter.builder(name)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .tags(labels)
        .register(registry);
  }

  private Timer registerTimer(String name, String... labels) {
    return Timer.builder(name)
        .description(METERS.get(name).getDescription())
        .serviceLevelObjectives(
            Arrays.stream(LATENCIES).mapToObj(Duration::ofMillis).toArray(Duration[]::new))
        .tags(labels)
        .register(registry);
  }

  private DistributionSummary registerSummary(String name, double[] bounds) {
    return DistributionSummary.builder(name)
        .description(METERS.get(name).getDescription())
        .serviceLevelObjectives(bounds)
        .register(registry);
  }

  /** Reports from now on how many tokens wait. */
  void watchQueue(IntSupplier waitingTokens) {
    registerGauge(QUEUE_TOKENS, waitingTokens, IntSupplier::getAsInt);
  }

  /** Reports from now on how much of a GPU's memory is taken. */
  void watchGpu(GpuMemory memory) {
    registerGauge(GPU_MEMORY_USED, memory, GpuMemory::used, DEVICE, memory.name());
    registerGauge(GPU_MEMORY, memory, GpuMemory::total, DEVICE, memory.name());
  }

  private <T> void registerGauge(
      String name, T watched, ToDoubleFunction<T> value, String... labels) {
    Meter.Id meter = METERS.get(name);
    Gauge.builder(name, watched, value)
        .description(meter.getDescription())
        .baseUnit(meter.getBaseUnit())
        .tags(labels)
        .strongReference(true)
        .register(registry);
  }

  /** Counts a call that left the queue. */
  void waited(long nanos) {
    queueWait.record(nanos, TimeUnit.NANOSECONDS);
  }

  /** Counts a forward pass. */
  void computed(TokenBatch batch, long nanos) {
    tokens.increment(batch.size());
    batchSequences.record(batch.rows());
    batchOccupancy.record((double) batch.size() / ((double) batch.rows() * batch.longest()));
    forward.record(nanos, TimeUnit.NANOSECONDS);
  }

  /**
   * Counts a finished request.
   *
   * @param code its gRPC status code
   * @param sequences how many it held
   * @param nanos from arrival to answer
   */
  void answered(Status.Code code, int sequences, long nanos) {
    registerTimer(REQUESTS, CODE, code.name()).record(nanos, TimeUnit.NANOSECONDS);
    registerCounter(SEQUENCES, STATUS, status(code)).increment(sequences);
  }

  private static String status(Status.Code code) {
    return switch (code) {
      case OK -> "ok";
      case CANCELLED -> "cancelled";
      default -> "failed";
    };
  }
}
