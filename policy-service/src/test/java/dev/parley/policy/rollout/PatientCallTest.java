package dev.parley.policy.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.policy.PolicyMetrics;
import dev.parley.proto.rollout.v1.Status;
import io.grpc.Metadata;
import io.grpc.StatusRuntimeException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PatientCallTest {

  private static final CallSettings SETTINGS =
      new CallSettings(
          Duration.ofSeconds(10),
          Duration.ofSeconds(30),
          5,
          Duration.ofSeconds(1),
          Duration.ofSeconds(4));

  private final List<Duration> deadlines = new ArrayList<>();
  private final List<Duration> pauses = new ArrayList<>();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private long now;
  private int reconnects;

  private PatientCall call() {
    return new PatientCall(
        "reward",
        SETTINGS,
        new PolicyMetrics(registry),
        () -> now,
        nanos -> {
          pauses.add(Duration.ofNanos(nanos));
          now += nanos;
        },
        new SplittableRandom(1),
        () -> reconnects++);
  }

  /** Fails with each status in turn, taking some time each, and then answers. */
  private Function<Duration, String> failing(Duration each, io.grpc.Status... failures) {
    Deque<io.grpc.Status> left = new ArrayDeque<>(List.of(failures));
    return deadline -> {
      deadlines.add(deadline);
      now += Math.min(each.toNanos(), deadline.toNanos());
      if (!left.isEmpty()) {
        throw left.remove().asRuntimeException();
      }
      return "answer";
    };
  }

  @Test
  void anAnswerIsReturned() throws Exception {
    assertThat(call().call(failing(Duration.ZERO))).isEqualTo("answer");
    assertThat(deadlines).containsExactly(SETTINGS.tryTimeout());
    assertThat(registry.get(PolicyMetrics.CALLS).tag("service", "reward").timer().count())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = io.grpc.Status.Code.class,
      names = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "RESOURCE_EXHAUSTED"})
  void whatMayPassIsTriedAgain(io.grpc.Status.Code code) throws Exception {
    assertThat(call().call(failing(Duration.ZERO, code.toStatus(), code.toStatus())))
        .isEqualTo("answer");
    assertThat(registry.get(PolicyMetrics.CALL_RETRIES).tag("service", "reward").counter().count())
        .isEqualTo(2);
  }

  @Test
  void theServiceIsLookedUpAgainBeforeEachTry() throws Exception {
    io.grpc.Status gone = io.grpc.Status.UNAVAILABLE;
    call().call(failing(Duration.ZERO, gone, gone));
    assertThat(reconnects).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource(
      value = io.grpc.Status.Code.class,
      names = {"INVALID_ARGUMENT", "INTERNAL", "FAILED_PRECONDITION", "UNIMPLEMENTED"})
  void whatWillNotPassIsNotTriedAgain(io.grpc.Status.Code code) {
    assertThatThrownBy(() -> call().call(failing(Duration.ZERO, code.toStatus())))
        .isInstanceOfSatisfying(
            CallFailedException.class,
            failure -> assertThat(failure.status()).isEqualTo(Status.STATUS_FAILED))
        .hasMessage(
            "the reward service gave no answer in 1 try; the last one ended with " + code.name());
    assertThat(pauses).isEmpty();
  }

  @Test
  void aConnectionThatBrokeUnderAnotherCallIsTriedAgain() throws Exception {
    io.grpc.Status broken =
        io.grpc.Status.INTERNAL.withDescription("Connection closed after GOAWAY. HTTP/2 error");
    assertThat(call().call(failing(Duration.ZERO, broken))).isEqualTo("answer");
  }

  @Test
  void theBoundOfThePausesDoublesUpToItsLimit() throws Exception {
    io.grpc.Status gone = io.grpc.Status.UNAVAILABLE;
    for (int repeat = 0; repeat < 200; repeat++) {
      now = 0;
      call().call(failing(Duration.ZERO, gone, gone, gone, gone));
    }
    for (int i = 0; i < 4; i++) {
      int place = i;
      List<Duration> atPlace =
          IntStream.range(0, 200).mapToObj(repeat -> pauses.get(4 * repeat + place)).toList();
      Duration bound = Duration.ofSeconds(List.of(1, 2, 4, 4).get(i));
      assertThat(atPlace).allMatch(pause -> pause.compareTo(bound) <= 0);
    }
  }

  @Test
  void afterTheLastTryItFails() {
    io.grpc.Status gone = io.grpc.Status.UNAVAILABLE.withDescription("no such host");
    assertThatThrownBy(() -> call().call(failing(Duration.ZERO, gone, gone, gone, gone, gone)))
        .isInstanceOfSatisfying(
            CallFailedException.class,
            failure -> assertThat(failure.status()).isEqualTo(Status.STATUS_FAILED))
        .hasMessage(
            "the reward service gave no answer in 5 tries; the last one ended with UNAVAILABLE: no"
                + " such host");
  }

  @Test
  void theTotalDeadlineCutsTheLastTryAndTimesOut() {
    io.grpc.Status late = io.grpc.Status.DEADLINE_EXCEEDED;
    assertThatThrownBy(
            () -> call().call(failing(Duration.ofSeconds(10), late, late, late, late, late)))
        .isInstanceOfSatisfying(
            CallFailedException.class,
            failure -> assertThat(failure.status()).isEqualTo(Status.STATUS_TIMED_OUT));
    assertThat(now).isLessThanOrEqualTo(SETTINGS.totalTimeout().toNanos());
    assertThat(deadlines.get(deadlines.size() - 1)).isLessThan(SETTINGS.tryTimeout());
  }

  @Test
  void aServiceThatAsksToBeLeftAloneIs() throws Exception {
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER), "7000");
    Deque<StatusRuntimeException> failures =
        new ArrayDeque<>(List.of(io.grpc.Status.RESOURCE_EXHAUSTED.asRuntimeException(trailers)));
    call()
        .call(
            deadline -> {
              if (!failures.isEmpty()) {
                throw failures.remove();
              }
              return "answer";
            });
    assertThat(pauses).containsExactly(Duration.ofSeconds(7));
  }
}
