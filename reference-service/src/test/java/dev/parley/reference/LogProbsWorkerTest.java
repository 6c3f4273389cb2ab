package dev.parley.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.decoder.TokenBatch;
import dev.parley.model.decoder.TokenBudget;
import dev.parley.serving.calls.CallQueue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogProbsWorkerTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final CallQueue<LogProbsCall> queue = new CallQueue<>(1000, 1000, Duration.ZERO);
  private final List<TokenBatch> batches = new ArrayList<>();

  /** Says for a token: minus itself, divided by the temperature. */
  private float[] negated(TokenBatch batch, int[] positions, float[] temperatures) {
    batches.add(batch);
    float[] answers = new float[positions.length];
    for (int i = 0; i < answers.length; i++) {
      answers[i] = -batch.tokens()[positions[i] + 1] / temperatures[i];
    }
    return answers;
  }

  private void work(int budget, LogProbsWorker.Computation model, LogProbsCall... calls) {
    for (LogProbsCall call : calls) {
      assertThat(queue.add(call)).isEqualTo(CallQueue.Admission.ACCEPTED);
    }
    queue.close();
    new LogProbsWorker(queue, new TokenBudget(budget), model, new ReferenceMetrics(registry)).run();
  }

  private static TokenRow row(int... tokens) {
    return new TokenRow(tokens, IntStream.range(1, tokens.length).toArray());
  }

  private static LogProbsCall call(float temperature, TokenRow... rows) {
    return new LogProbsCall(List.of(rows), temperature, System.nanoTime());
  }

  @Test
  void everyCallerGetsItsOwnNumbersAtItsOwnTemperature() {
    LogProbsCall first = call(1, row(1, 2, 3, 4), row(5, 6));
    LogProbsCall second = call(2, row(7, 8, 9));
    work(100, this::negated, first, second);
    assertThat(batches).hasSize(1);
    assertThat(first.result().join().get(0)).containsExactly(0, -2, -3, -4);
    assertThat(first.result().join().get(1)).containsExactly(0, -6);
    assertThat(second.result().join().get(0)).containsExactly(0, -4, -4.5f);
  }

  @Test
  void oneCallMaySpanSeveralBatches() {
    LogProbsCall call = call(1, row(1, 2), row(3, 4), row(5, 6));
    work(4, this::negated, call);
    assertThat(batches).hasSize(2);
    assertThat(call.result().join()).extracting(answer -> answer[1]).containsExactly(-2f, -4f, -6f);
  }

  @Test
  void unwantedTokensGetZero() {
    LogProbsCall call = call(1, new TokenRow(new int[] {1, 2, 3, 4}, new int[] {2}));
    work(100, this::negated, call);
    assertThat(call.result().join().get(0)).containsExactly(0, 0, -3, 0);
  }

  @Test
  void nothingIsComputedWhereNothingIsWanted() {
    LogProbsCall call = call(1, row(1), new TokenRow(new int[] {1, 2}, new int[0]));
    work(100, this::negated, call);
    assertThat(batches).isEmpty();
    assertThat(call.result().join().get(1)).containsExactly(0, 0);
  }

  @Test
  void aCallCancelledBetweenTwoBatchesCostsNoMore() {
    LogProbsCall cancelled = call(1, row(1, 2, 3), row(4, 5));
    LogProbsCall other = call(1, row(6, 7));
    work(
        3,
        (batch, positions, temperatures) -> {
          cancelled.result().cancel(false);
          return negated(batch, positions, temperatures);
        },
        cancelled,
        other);
    assertThat(batches).extracting(batch -> batch.tokens()[0]).containsExactly(1, 6);
    assertThat(other.result().join().get(0)).containsExactly(0, -7);
  }

  @Test
  void aSequenceThatFailsDoesNotFailTheCallersBesideIt() {
    LogProbsCall bad = call(1, row(1, 13));
    LogProbsCall good = call(1, row(2, 3));
    work(
        100,
        (batch, positions, temperatures) -> {
          if (Arrays.stream(batch.tokens()).anyMatch(token -> token == 13)) {
            throw new IllegalStateException("out of memory");
          }
          return negated(batch, positions, temperatures);
        },
        bad,
        good);
    assertThatThrownBy(() -> bad.result().join()).hasMessageContaining("out of memory");
    assertThat(good.result().join().get(0)).containsExactly(0, -3);
  }

  @Test
  void aNumberThatIsNotFiniteFailsItsCallAndNoOther() {
    LogProbsCall bad = call(1, row(1, 2), row(3, 13, 4));
    LogProbsCall good = call(1, row(5, 6));
    work(
        100,
        (batch, positions, temperatures) -> {
          float[] answers = negated(batch, positions, temperatures);
          for (int i = 0; i < answers.length; i++) {
            answers[i] = answers[i] == -13 ? Float.NaN : answers[i];
          }
          return answers;
        },
        bad,
        good);
    assertThatThrownBy(() -> bad.result().join())
        .hasMessageContaining("sequences[1]: the log-probability of token 1 is NaN");
    assertThat(good.result().join().get(0)).containsExactly(0, -6);
  }

  @Test
  void aSequenceSpoiltByItsNeighbourIsComputedAgainAlone() {
    LogProbsCall bad = call(1, row(1, 13));
    LogProbsCall good = call(1, row(2, 3));
    work(
        100,
        (batch, positions, temperatures) -> {
          float[] answers = negated(batch, positions, temperatures);
          boolean spoilt = Arrays.stream(batch.tokens()).anyMatch(token -> token == 13);
          Arrays.fill(answers, spoilt ? Float.NaN : answers[0]);
          return answers;
        },
        bad,
        good);
    assertThat(bad.result()).isCompletedExceptionally();
    assertThat(good.result().join().get(0)).containsExactly(0, -3);
  }

  @Test
  void tokensAndOccupancyAreMetered() {
    work(100, this::negated, call(1, row(1, 2, 3, 4), row(5, 6)));
    assertThat(registry.get(ReferenceMetrics.TOKENS).counter().count()).isEqualTo(6);
    assertThat(registry.get(ReferenceMetrics.BATCH_SEQUENCES).summary().max()).isEqualTo(2);
    assertThat(registry.get(ReferenceMetrics.BATCH_OCCUPANCY).summary().max()).isEqualTo(0.75);
    assertThat(registry.get(ReferenceMetrics.FORWARD).timer().count()).isEqualTo(1);
    assertThat(registry.get(ReferenceMetrics.QUEUE_WAIT).timer().count()).isEqualTo(1);
  }
}
