package dev.parley.policy.rollout;

import dev.parley.policy.PolicyMetrics;
import dev.parley.proto.grpc.RetryAfter;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * Calls another service until it answers, within bounds: a deadline per try, a number of tries, a
 * deadline over all. Between tries it pauses for a random part of a bound that doubles ("full
 * jitter"), so that callers which failed together do not come back together; longer if the service
 * asks for it. While nobody is at the service's address, a try waits for somebody: an outage costs
 * time, and tries only as often as their deadline passes.
 */
final class PatientCall {

  /** How a pause is made; tests make none. */
  interface Pause {
    void sleep(long nanos) throws InterruptedException;
  }

  private final String service;
  private final CallSettings settings;
  private final PolicyMetrics metrics;
  private final LongSupplier clock;
  private final Pause pause;
  private final RandomGenerator random;
  private final Runnable reconnect;

  /**
   * Prepares.
   *
   * @param service its name, for messages and meters
   * @param settings how patient to be
   * @param metrics hears of calls and retries
   * @param clock nanoseconds
   * @param pause sleeps
   * @param random gives the jitter
   * @param reconnect called before each try: looks the service up again
   */
  PatientCall(
      String service,
      CallSettings settings,
      PolicyMetrics metrics,
      LongSupplier clock,
      Pause pause,
      RandomGenerator random,
      Runnable reconnect) {
    this.service = service;
    this.settings = settings;
    this.metrics = metrics;
    this.clock = clock;
    this.pause = pause;
    this.random = random;
    this.reconnect = reconnect;
  }

  /**
   * Prepares with the real clock.
   *
   * <p>gRPC looks a name up when a connection breaks, and then at lengthening intervals. A pod that
   * took the place of another, or came beside it, would be found late or not at all; so each try
   * has the channel look again. How long an address is kept, the JVM's options say.
   *
   * @param service its name, for messages and meters
   * @param settings how patient to be
   * @param metrics hears of calls and retries
   * @param channel to the service; what is called over it must wait until it is ready
   */
  static PatientCall of(
      String service, CallSettings settings, PolicyMetrics metrics, ManagedChannel channel) {
    return new PatientCall(
        service,
        settings,
        metrics,
        System::nanoTime,
        TimeUnit.NANOSECONDS::sleep,
        new SecureRandom(),
        channel::resetConnectBackoff);
  }

  /**
   * Calls.
   *
   * @param attempt makes one try, given its deadline
   * @return its answer
   * @throws CallFailedException if there is none
   * @throws InterruptedException if the thread was interrupted between two tries
   */
  <R> R call(Function<Duration, R> attempt) throws CallFailedException, InterruptedException {
    long start = clock.getAsLong();
    try {
      return call(attempt, start + settings.totalTimeout().toNanos());
    } finally {
      metrics.called(service, clock.getAsLong() - start);
    }
  }

  private <R> R call(Function<Duration, R> attempt, long end)
      throws CallFailedException, InterruptedException {
    long bound = settings.firstBackoff().toNanos();
    for (int tries = 1; ; tries++) {
      long left = Math.min(end - clock.getAsLong(), settings.tryTimeout().toNanos());
      reconnect.run();
      try {
        return attempt.apply(Duration.ofNanos(left));
      } catch (StatusRuntimeException e) {
        long rest = Math.max(random.nextLong(bound + 1), pushback(e));
        boolean noTime = clock.getAsLong() + rest >= end;
        if (!retriable(e) || tries == settings.attempts() || noTime) {
          throw failure(e, tries, noTime);
        }
        metrics.retried(service);
        pause.sleep(rest);
        bound = Math.min(2 * bound, settings.longestBackoff().toNanos());
      }
      if (Context.current().isCancelled()) {
        throw new CallFailedException(Status.STATUS_FAILED, "nobody waits for the answer any more");
      }
    }
  }

  /** Returns how long the service asks to be left alone, if it says. */
  private static long pushback(StatusRuntimeException failure) {
    Metadata trailers = failure.getTrailers();
    String millis = trailers == null ? null : trailers.get(RetryAfter.MILLISECONDS);
    if (millis == null || !millis.matches("[0-9]{1,9}")) {
      return 0;
    }
    return TimeUnit.MILLISECONDS.toNanos(Long.parseLong(millis));
  }

  private static boolean retriable(StatusRuntimeException failure) {
    return switch (failure.getStatus().getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED -> true;
      // The server broke the connection under this call, because of another one on it: Vert.x does
      // so when it answers a call that was cancelled (quarkusio/quarkus#56268).
      case INTERNAL -> String.valueOf(failure.getStatus().getDescription()).contains("GOAWAY");
      default -> false;
    };
  }

  private CallFailedException failure(StatusRuntimeException last, int tries, boolean noTime) {
    boolean late = last.getStatus().getCode() == io.grpc.Status.Code.DEADLINE_EXCEEDED;
    Status status =
        late || noTime && retriable(last) ? Status.STATUS_TIMED_OUT : Status.STATUS_FAILED;
    String message =
        "the %s service gave no answer in %d %s; the last one ended with %s"
            .formatted(service, tries, tries == 1 ? "try" : "tries", last.getMessage());
    return new CallFailedException(status, message);
  }
}
