package dev.parley.serving.calls;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.serving.calls.CallQueue.Admission;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class CallQueueTest {

  private static final Duration FOREVER = Duration.ofDays(1);

  private static Call<String, String> call(int size) {
    return new Call<>(List.of("question"), size, System.nanoTime());
  }

  @Test
  void callersAreMergedUntilThereIsEnoughForABatch() throws InterruptedException {
    CallQueue<Call<String, String>> queue = new CallQueue<>(100, 10, FOREVER);
    Call<String, String> first = call(4);
    Call<String, String> second = call(6);
    Call<String, String> third = call(3);
    List.of(first, second, third).forEach(queue::add);
    assertThat(queue.take()).containsExactly(first, second);
    assertThat(queue.waiting()).isEqualTo(3);
  }

  @Test
  void aCallIsNeverSplitBetweenTwoTakes() throws InterruptedException {
    CallQueue<Call<String, String>> queue = new CallQueue<>(100, 10, FOREVER);
    Call<String, String> small = call(9);
    Call<String, String> large = call(40);
    queue.add(small);
    queue.add(large);
    assertThat(queue.take()).containsExactly(small, large);
  }

  @Test
  void theOldestWaitsNoLongerThanItMay() throws InterruptedException {
    CallQueue<Call<String, String>> queue = new CallQueue<>(100, 10, Duration.ZERO);
    Call<String, String> lonely = call(1);
    queue.add(lonely);
    assertThat(queue.take()).containsExactly(lonely);
  }

  @Test
  void whatDoesNotFitIsRefusedAndChangesNothing() {
    CallQueue<Call<String, String>> queue = new CallQueue<>(10, 100, FOREVER);
    assertThat(queue.add(call(7))).isEqualTo(Admission.ACCEPTED);
    assertThat(queue.add(call(4))).isEqualTo(Admission.FULL);
    assertThat(queue.add(call(3))).isEqualTo(Admission.ACCEPTED);
    assertThat(queue.waiting()).isEqualTo(10);
  }

  @Test
  void aCancelledCallLeavesAtOnceAndMakesRoom() throws InterruptedException {
    CallQueue<Call<String, String>> queue = new CallQueue<>(10, 10, FOREVER);
    Call<String, String> cancelled = call(9);
    queue.add(cancelled);
    cancelled.result().cancel(false);
    assertThat(queue.waiting()).isZero();
    Call<String, String> next = call(10);
    assertThat(queue.add(next)).isEqualTo(Admission.ACCEPTED);
    assertThat(queue.take()).containsExactly(next);
  }

  @Test
  void aClosedQueueHandsOutWhatItHasAndThenNothing() throws InterruptedException {
    CallQueue<Call<String, String>> queue = new CallQueue<>(100, 100, FOREVER);
    Call<String, String> last = call(1);
    queue.add(last);
    queue.close();
    assertThat(queue.add(call(1))).isEqualTo(Admission.CLOSED);
    assertThat(queue.take()).containsExactly(last);
    assertThat(queue.take()).isEmpty();
  }

  @Test
  void aTakerThatWaitsIsWokenByTheCallThatFillsTheBatch() {
    CallQueue<Call<String, String>> queue = new CallQueue<>(100, 2, FOREVER);
    CompletableFuture<List<Call<String, String>>> taken =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return queue.take();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    Call<String, String> first = call(1);
    Call<String, String> second = call(1);
    queue.add(first);
    queue.add(second);
    assertThat(taken.join()).containsExactly(first, second);
  }
}
