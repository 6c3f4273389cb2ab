package dev.parley.reference;

import dev.parley.model.decoder.TokenBatch;
import io.grpc.Status;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import jakarta.inject.Singleton;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;

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

  private final MeterRegistry registry;
  private final Counter tokens;
  private final Timer queueWait;
  private final DistributionSummary batchSequences;
  private final DistributionSummary batchOccupancy;
  private final Timer forward;

  /** Registers the meters. */
  public ReferenceMetrics(MeterRegistry registry) {
    this.registry = registry;
    this.tokens =
        Counter.builder(TOKENS)
            .description("Tokens that went through the model, without padding")
            .baseUnit("tokens")
            .register(registry);
    this.queueWait =
        Timer.builder(QUEUE_WAIT)
            .description("From a request's arrival until the worker takes it")
            .register(registry);
    this.batchSequences =
        DistributionSummary.builder(BATCH_SEQUENCES)
            .description("Sequences of one forward pass")
            .register(registry);
    this.batchOccupancy =
        DistributionSummary.builder(BATCH_OCCUPANCY)
            .description("Tokens of one forward pass divided by rows times longest row")
            .register(registry);
    this.forward = Timer.builder(FORWARD).description("One forward pass").register(registry);
  }

  /** Reports from now on how many tokens wait. */
  void watchQueue(IntSupplier waitingTokens) {
    Gauge.builder(QUEUE_TOKENS, waitingTokens, IntSupplier::getAsInt)
        .description("Tokens that wait")
        .baseUnit("tokens")
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
    Timer.builder(REQUESTS)
        .description("From a request's arrival to its answer")
        .tag(CODE, code.name())
        .register(registry)
        .record(nanos, TimeUnit.NANOSECONDS);
    Counter.builder(SEQUENCES)
        .description("Sequences of finished requests")
        .baseUnit("sequences")
        .tag(STATUS, status(code))
        .register(registry)
        .increment(sequences);
  }

  private static String status(Status.Code code) {
    return switch (code) {
      case OK -> "ok";
      case CANCELLED -> "cancelled";
      default -> "failed";
    };
  }
}
