package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RunningMomentsTest {
  @Test
  void mergedBatchesAreTheMomentsOfAllNumbers() {
    RunningMoments merged =
        RunningMoments.INITIAL
            .merge(RunningMoments.of(new float[] {1, 2}))
            .merge(RunningMoments.of(new float[] {6, 7, 14}));
    RunningMoments all = RunningMoments.of(new float[] {1, 2, 6, 7, 14});

    assertThat(merged.mean()).isCloseTo(all.mean(), within(1e-12));
    assertThat(merged.variance()).isCloseTo(all.variance(), within(1e-12));
    assertThat(merged.count()).isCloseTo(5, within(1e-12));
    assertThat(merged.deviation()).isCloseTo(Math.sqrt(26.5), within(1e-12));
  }

  @Test
  void theInitialMomentsWeighNothing() {
    RunningMoments first = RunningMoments.INITIAL.merge(RunningMoments.of(new float[] {4, 8}));

    assertThat(first.mean()).isCloseTo(6, within(1e-12));
    assertThat(first.variance()).isCloseTo(4, within(1e-12));
  }

  @Test
  void oneNumberHasNoDeviation() {
    assertThat(RunningMoments.of(new float[] {3}).deviation()).isNaN();
  }

  @Test
  void refusesAnEmptyBatch() {
    assertThatThrownBy(() -> RunningMoments.of(new float[0]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("empty batch");
  }
}
