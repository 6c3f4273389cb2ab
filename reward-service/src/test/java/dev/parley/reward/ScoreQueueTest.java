package dev.parley.reward;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.reward.ScoreQueue.Admission;
import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoreQueueTest {

  private static final Duration FOREVER = Duration.ofDays(1);

  private static ScoreCall call(int items) {
    Item item = Item.of(new Content.Texts("", ""));
    return new ScoreCall(Collections.nCopies(items, item), System.nanoTime());
  }

  @Test
  void callersAreMergedUntilThereIsEnoughForABatch() throws InterruptedException {
    ScoreQueue queue = new ScoreQueue(100, 10, FOREVER);
    ScoreCall first = call(4);
    ScoreCall second = call(6);
    List.of(first, second, call(3)).forEach(queue::add);
    assertThat(queue.take()).containsExactly(first, second);
    assertThat(queue.waitingItems()).isEqualTo(3);
  }

  @Test
  void theOldestWaitsNoLongerThanItMay() throws InterruptedException {
    ScoreQueue queue = new ScoreQueue(100, 10, Duration.ZERO);
    ScoreCall lonely = call(1);
    queue.add(lonely);
    assertThat(queue.take()).containsExactly(lonely);
  }

  @Test
  void whatDoesNotFitIsRefusedAndChangesNothing() {
    ScoreQueue queue = new ScoreQueue(10, 100, FOREVER);
    assertThat(queue.add(call(7))).isEqualTo(Admission.ACCEPTED);
    assertThat(queue.add(call(4))).isEqualTo(Admission.FULL);
    assertThat(queue.waitingItems()).isEqualTo(7);
  }

  @Test
  void aCancelledCallLeavesAtOnceAndMakesRoom() {
    ScoreQueue queue = new ScoreQueue(10, 10, FOREVER);
    ScoreCall cancelled = call(9);
    queue.add(cancelled);
    cancelled.result().cancel(false);
    assertThat(queue.waitingItems()).isZero();
    assertThat(queue.add(call(10))).isEqualTo(Admission.ACCEPTED);
  }

  @Test
  void aClosedQueueHandsOutWhatItHasAndThenNothing() throws InterruptedException {
    ScoreQueue queue = new ScoreQueue(100, 100, FOREVER);
    ScoreCall last = call(1);
    queue.add(last);
    queue.close();
    assertThat(queue.add(call(1))).isEqualTo(Admission.CLOSED);
    assertThat(queue.take()).containsExactly(last);
    assertThat(queue.take()).isEmpty();
  }
}
