package dev.parley.trainer.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EpochOrderTest {

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 7, 20})
  void anEpochHoldsEveryRowOnce(int rows) {
    EpochOrder order = new EpochOrder(rows, 3);
    for (int epoch = 0; epoch < 4; epoch++) {
      assertThat(order.rows((long) epoch * rows, rows))
          .containsExactlyInAnyOrderElementsOf(IntStream.range(0, rows).boxed().toList());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 25})
  void howItIsCutIntoBatchesChangesNothing(int batch) {
    EpochOrder order = new EpochOrder(10, 3);
    List<Integer> joined = new ArrayList<>();
    while (joined.size() < 50) {
      joined.addAll(order.rows(joined.size(), batch));
    }
    assertThat(joined.subList(0, 50)).isEqualTo(order.rows(0, 50));
  }

  @Test
  void epochsAndSeedsDiffer() {
    Set<List<Integer>> orders = new HashSet<>();
    for (long seed = 1; seed <= 3; seed++) {
      for (int epoch = 0; epoch < 3; epoch++) {
        orders.add(new EpochOrder(20, seed).rows(20L * epoch, 20));
      }
    }
    assertThat(orders).hasSize(9);
  }

  @Test
  void everyPlaceIsAsLikelyForEveryRow() {
    int[][] counts = new int[4][4];
    for (long epoch = 0; epoch < 4_000; epoch++) {
      List<Integer> rows = new EpochOrder(4, 1).rows(4 * epoch, 4);
      for (int place = 0; place < 4; place++) {
        counts[rows.get(place)][place]++;
      }
    }
    for (int[] row : counts) {
      // 1,000 expected with a deviation of 27.
      assertThat(row)
          .satisfies(
              places -> IntStream.of(places).forEach(c -> assertThat(c).isBetween(850, 1150)));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 10, 20})
  void minibatchesHoldEveryRowOnceAPassInPartsOfNearlyTheSameSize(int asked) {
    List<List<Integer>> all = EpochOrder.minibatches(10, 2, asked, 5);

    int parts = Math.min(asked, 10);
    assertThat(all).hasSize(2 * parts);
    assertThat(all)
        .allSatisfy(part -> assertThat(part.size()).isBetween(10 / parts, 10 / parts + 1));
    for (int epoch = 0; epoch < 2; epoch++) {
      List<Integer> pass =
          all.subList(epoch * parts, (epoch + 1) * parts).stream().flatMap(List::stream).toList();
      assertThat(pass).hasSize(10).hasSameElementsAs(IntStream.range(0, 10).boxed().toList());
    }
    assertThat(EpochOrder.minibatches(0, 2, asked, 5)).isEmpty();
  }

  @Test
  void theLastBatchMayRunOnIntoTheNextEpoch() {
    assertThat(EpochOrder.batches(2, 10, 4)).isEqualTo(5);
    assertThat(EpochOrder.batches(1, 10, 4)).isEqualTo(3);
  }

  @Test
  void nothingCannotBeOrdered() {
    assertThatThrownBy(() -> new EpochOrder(0, 1)).hasMessageContaining("no rows");
  }
}
