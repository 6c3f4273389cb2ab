package dev.parley.trainer.answers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.toy.ToyAnswers;
import java.util.List;
import org.junit.jupiter.api.Test;

class PerTokenTest {

  private static final Sample COLD = ToyAnswers.answer("p", 0, 3, 1, true);
  private static final Sample WARM = ToyAnswers.answer("p", 1, 2, 1, true, 0.7);

  @Test
  void temperaturesAreGivenPerActionOnlyIfOneIsNotOne() {
    assertThat(PerToken.temperatures(List.of(COLD))).isEmpty();
    assertThat(PerToken.temperatures(List.of(COLD, WARM))).containsExactly(1, 1, 1, 0.7f, 0.7f);
  }

  @Test
  void rowsAreFlattenedInTheOrderAskedFor() {
    float[][] rows = {{1, 2}, {3}, {4, 5}};
    assertThat(PerToken.flatten(rows, List.of(2, 0))).containsExactly(4, 5, 1, 2);
  }

  @Test
  void aMaskHasTheShapeOfItsNumbersAndIsTrueThroughout() {
    assertThat(PerToken.mask(new float[][] {{1, 2}, {3}}))
        .isDeepEqualTo(new boolean[][] {{true, true}, {true}});
  }
}
