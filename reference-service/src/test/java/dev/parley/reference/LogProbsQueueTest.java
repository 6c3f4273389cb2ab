package dev.parley.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.reference.LogProbsQueue.Admission;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class LogProbsQueueTest {

  private static final Duration FOREVER = Duration.ofDays(1);

  private static LogProbsCall call(int tokens) {
    return new LogProbsCall(
        List.of(new TokenRow(new int[tokens], new int[0])), 1, System.nanoTime());
  }

  @Test
  void callersAreMergedUntilThereIsEnoughForABatch() throws InterruptedException {
    LogProbsQueue queue = new LogProbsQueue(100, 10, FOREVER);
    LogProbsCall first = call(4);
    LogProbsCall second = call(6);
    LogProbsCall third = call(3);
    List.of(first, second, third).forEach(queue::add);
    assertThat(queue.take()).containsExactly(first, second);
    assertThat(queue.waitingTokens()).isEqualTo(3);
  }

  @Test
  void aCallIsNeverSplitBetweenTwoTakes() throws InterruptedException {
    LogProbsQueue queue = new LogProbsQueue(100, 10, FOREVER);
    LogProbsCall small = call(9);
    LogProbsCall large = call(40);
    queue.add(small);
    queue.add(large);
    assertThat(queue.take()).containsExactly(small, large);
  }

  @Test
  void theOldestWaitsNoLongerThanItMay() throws InterruptedException {
    LogProbsQueue queue = new LogProbsQueue(100, 10, Duration.ZERO);
    LogProbsCall lonely = call(1);
    queue.add(lonely);
    assertThat(queue.take()).containsExactly(lonely);
  }

  @Test
  void whatDoesNotFitIsRefusedAndChangesNothing() {
    LogProbsQueue queue = new LogProbsQueue(10, 100, FOREVER);
    assertThat(queue.add(call(7))).isEqualTo(Admission.ACCEPTED);
    assertThat(queue.add(call(4))).isEqualTo(Admission.FULL);
    assertThat(queue.add(call(3))).isEqualTo(Admission.ACCEPTED);
    assertThat(queue.waitingTokens()).isEqualTo(10);
  }

  @Test
  void aCancelledCallLeavesAtOnceAndMakesRoom() throws InterruptedException {
    LogProbsQueue queue = new LogProbsQueue(10, 10, FOREVER);
    LogProbsCall cancelled = call(9);
    queue.add(cancelled);
    cancelled.result().cancel(false);
    assertThat(queue.waitingTokens()).isZero();
    LogProbsCall next = call(10);
    assertThat(queue.add(next)).isEqualTo(Admission.ACCEPTED);
    assertThat(queue.take()).containsExactly(next);
  }

  @Test
  void aClosedQueueHandsOutWhatItHasAndThenNothing() throws InterruptedException {
    LogProbsQueue queue = new LogProbsQueue(100, 100, FOREVER);
    LogProbsCall last = call(1);
    queue.add(last);
    queue.close();
    assertThat(queue.add(call(1))).isEqualTo(Admission.CLOSED);
    assertThat(queue.take()).containsExactly(last);
    assertThat(queue.take()).isEmpty();
  }

  @Test
  void aTakerThatWaitsIsWokenByTheCallThatFillsTheBatch() {
    LogProbsQueue queue = new LogProbsQueue(100, 2, FOREVER);
    CompletableFuture<List<LogProbsCall>> taken =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return queue.take();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    LogProbsCall first = call(1);
    LogProbsCall second = call(1);
    queue.add(first);
    queue.add(second);
    assertThat(taken.join()).containsExactly(first, second);
  }
}
