package dev.parley.reward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.reward.scoring.Content;
import dev.parley.reward.scoring.Item;
import dev.parley.reward.scoring.Verdict;
import dev.parley.serving.calls.CallQueue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class ScoreWorkerTest {

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final CallQueue<ScoreCall> queue = new CallQueue<>(1000, 1000, Duration.ZERO);
  private final List<List<String>> batches = new ArrayList<>();

  /** Scores an answer by its length. */
  private List<Verdict> lengths(List<Item> items) {
    List<String> answers = items.stream().map(item -> item.content().answer().get()).toList();
    batches.add(answers);
    return answers.stream().map(answer -> Verdict.of(answer.length(), Map.of())).toList();
  }

  private void work(
      int batchItems, Function<List<Item>, List<Verdict>> scorer, ScoreCall... calls) {
    for (ScoreCall call : calls) {
      assertThat(queue.add(call)).isEqualTo(CallQueue.Admission.ACCEPTED);
    }
    queue.close();
    new ScoreWorker(queue, batchItems, scorer, new RewardMetrics(registry)).run();
  }

  private static ScoreCall call(String... answers) {
    return new ScoreCall(
        Arrays.stream(answers).map(answer -> Item.of(new Content.Texts("", answer))).toList(),
        System.nanoTime());
  }

  private static List<Double> values(ScoreCall call) {
    return call.result().join().stream().map(Verdict::value).toList();
  }

  @Test
  void everyCallerGetsItsOwnVerdictsInOrder() {
    ScoreCall first = call("a", "bbb");
    ScoreCall second = call("cc");
    work(100, this::lengths, first, second);
    assertThat(batches).containsExactly(List.of("a", "bbb", "cc"));
    assertThat(values(first)).containsExactly(1.0, 3.0);
    assertThat(values(second)).containsExactly(2.0);
  }

  @Test
  void noBatchIsLargerThanItMay() {
    ScoreCall first = call("a", "b", "c");
    ScoreCall second = call("d", "e");
    work(2, this::lengths, first, second);
    assertThat(batches).containsExactly(List.of("a", "b"), List.of("c", "d"), List.of("e"));
    assertThat(values(first)).hasSize(3);
  }

  @Test
  void aCallCancelledBetweenTwoBatchesCostsNoMore() {
    ScoreCall cancelled = call("a", "b", "c");
    ScoreCall other = call("d");
    work(
        2,
        items -> {
          cancelled.result().cancel(false);
          return lengths(items);
        },
        cancelled,
        other);
    assertThat(batches).containsExactly(List.of("a", "b"), List.of("d"));
    assertThat(values(other)).containsExactly(1.0);
  }

  @Test
  void theWorkerOutlivesAScorerThatThrows() {
    ScoreCall first = call("a");
    ScoreCall second = call("bad", "worse");
    ScoreCall third = call("c");
    work(
        1,
        items -> {
          List<Verdict> verdicts = lengths(items);
          if (verdicts.get(0).value() == 3) {
            throw new IllegalStateException("a mistake");
          }
          return verdicts;
        },
        first,
        second,
        third);
    assertThat(values(first)).containsExactly(1.0);
    assertThatThrownBy(() -> second.result().join()).hasMessageContaining("a mistake");
    assertThat(values(third)).containsExactly(1.0);
    assertThat(batches).doesNotContain(List.of("worse"));
  }

  @Test
  void batchesAreMetered() {
    work(100, this::lengths, call("a", "b"), call("c"));
    assertThat(registry.get(RewardMetrics.BATCH_ITEMS).summary().max()).isEqualTo(3);
    assertThat(registry.get(RewardMetrics.SCORING).timer().count()).isEqualTo(1);
    assertThat(registry.get(RewardMetrics.QUEUE_WAIT).timer().count()).isEqualTo(2);
  }
}
