package dev.parley.reference;

import static dev.parley.serving.metrics.MeterCatalogue.counter;
import static dev.parley.serving.metrics.MeterCatalogue.gauge;
import static dev.parley.serving.metrics.MeterCatalogue.summary;
import static dev.parley.serving.metrics.MeterCatalogue.timer;

import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.torchscript.GpuMemory;
import dev.parley.serving.metrics.Buckets;
import dev.parley.serving.metrics.MeterCatalogue;
import dev.parley.serving.metrics.Meters;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
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
              Tag.of(DEVICE, "cuda:N")));

  private final Meters meters;
  private final Counter tokens;
  private final Timer queueWait;
  private final DistributionSummary batchSequences;
  private final DistributionSummary batchOccupancy;
  private final Timer forward;

  /** Registers the meters. */
  public ReferenceMetrics(MeterRegistry registry) {
    this.meters = METERS.in(registry);
    this.tokens = meters.counter(TOKENS);
    this.queueWait = meters.timer(QUEUE_WAIT);
    this.batchSequences = meters.summary(BATCH_SEQUENCES, Buckets.powersOfTwo(1024));
    this.batchOccupancy = meters.summary(BATCH_OCCUPANCY, Buckets.TENTHS);
    this.forward = meters.timer(FORWARD);
    // A counter that is first seen when it counts has no rate at that moment: 0 comes first.
    Stream.of("ok", "failed", "cancelled")
        .forEach(status -> meters.counter(SEQUENCES, STATUS, status));
  }

  /** Returns every meter that the service may have, its labels' values in words. */
  public static List<Meter.Id> catalogue() {
    return METERS.meters();
  }

  /** Reports from now on how many tokens wait. */
  void watchQueue(IntSupplier waitingTokens) {
    meters.gauge(QUEUE_TOKENS, waitingTokens::getAsInt);
  }

  /** Reports from now on how much of a GPU's memory is taken. */
  void watchGpu(GpuMemory memory) {
    meters.gauge(GPU_MEMORY_USED, memory::used, DEVICE, memory.name());
    meters.gauge(GPU_MEMORY, memory::total, DEVICE, memory.name());
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
    meters.timer(REQUESTS, CODE, code.name()).record(nanos, TimeUnit.NANOSECONDS);
    meters.counter(SEQUENCES, STATUS, status(code)).increment(sequences);
  }

  private static String status(Status.Code code) {
    return switch (code) {
      case OK -> "ok";
      case CANCELLED -> "cancelled";
      default -> "failed";
    };
  }
}
