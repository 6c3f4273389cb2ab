package dev.parley.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenBudgetTest {

  @Test
  void sequencesOfLikeLengthsGoTogether() {
    int[] lengths = {2, 9, 3, 10, 1};
    assertThat(new TokenBudget(20).cut(lengths))
        .containsExactly(new int[] {3, 1}, new int[] {2, 0, 4});
  }

  @Test
  void aSequenceLongerThanTheBudgetIsABatchByItself() {
    int[] lengths = {4, 50, 4};
    assertThat(new TokenBudget(8).cut(lengths)).containsExactly(new int[] {1}, new int[] {0, 2});
  }

  @Test
  void equalLengthsKeepTheirOrder() {
    int[] lengths = {3, 3, 3, 3};
    assertThat(new TokenBudget(6).cut(lengths)).containsExactly(new int[] {0, 1}, new int[] {2, 3});
  }

  @Test
  void noSequencesGiveNoBatches() {
    assertThat(new TokenBudget(8).cut(new int[0])).isEmpty();
  }

  @Test
  void everySequenceIsInExactlyOneBatchAndNoBatchOfSeveralExceedsTheBudget() {
    Random random = new Random(7);
    for (int trial = 0; trial < 200; trial++) {
      int[] lengths = random.ints(1 + random.nextInt(40), 1, 30).toArray();
      int budget = 1 + random.nextInt(100);
      List<int[]> batches = new TokenBudget(budget).cut(lengths);
      assertThat(batches.stream().flatMapToInt(Arrays::stream).sorted())
          .containsExactlyElementsOf(IntStream.range(0, lengths.length).boxed().toList());
      for (int[] batch : batches) {
        int longest = Arrays.stream(batch).map(i -> lengths[i]).max().orElseThrow();
        assertThat(batch.length == 1 || batch.length * longest <= budget).isTrue();
      }
    }
  }

  @Test
  void aBudgetBelowOneIsRefused() {
    assertThatThrownBy(() -> new TokenBudget(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the token budget of a batch is 0, expected at least 1");
  }
}
