package dev.parley.trainer.optimization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.parley.trainer.optimization.LearningRateSchedule.Decay;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class LearningRateScheduleTest {
  @ParameterizedTest
  @EnumSource(Decay.class)
  void theWarmUpRisesInAStraightLineFromZeroToThePeak(Decay decay) {
    LearningRateSchedule schedule = new LearningRateSchedule(decay, 0.4, 4, 12, 0.1);

    assertThat(schedule.rate(0)).isZero();
    assertThat(schedule.rate(1)).isCloseTo(0.1, within(1e-15));
    assertThat(schedule.rate(4)).isCloseTo(0.4, within(1e-15));
  }

  @Test
  void eachDecayIsWhereItShouldBeHalfWay() {
    assertThat(new LearningRateSchedule(Decay.CONSTANT, 1, 2, 10, 0).rate(6)).isEqualTo(1);
    assertThat(new LearningRateSchedule(Decay.LINEAR, 1, 2, 10, 0).rate(4)).isEqualTo(0.75);
    assertThat(new LearningRateSchedule(Decay.COSINE, 1, 2, 10, 0).rate(6))
        .isCloseTo(0.5, within(1e-15));
    assertThat(new LearningRateSchedule(Decay.COSINE, 1, 2, 10, 0).rate(4))
        .isCloseTo((1 + Math.cos(Math.PI / 4)) / 2, within(1e-15));
  }

  @Test
  void theDecayEndsAtTheMinimum() {
    assertThat(new LearningRateSchedule(Decay.LINEAR, 2, 0, 10, 0.1).rate(10))
        .isCloseTo(0.2, within(1e-15));
    assertThat(new LearningRateSchedule(Decay.COSINE, 2, 0, 10, 0.1).rate(10))
        .isCloseTo(0.2, within(1e-15));
  }

  @Test
  void allStepsMayBeWarmUp() {
    LearningRateSchedule schedule = new LearningRateSchedule(Decay.LINEAR, 1, 5, 5, 0);

    assertThat(schedule.rate(4)).isEqualTo(0.8);
  }

  @Test
  void refusesMoreWarmUpThanSteps() {
    assertThatThrownBy(() -> new LearningRateSchedule(Decay.COSINE, 1, 11, 10, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("11 warm-up steps of 10 in all; give 0 to 10");
  }

  @Test
  void refusesARateOfZero() {
    assertThatThrownBy(() -> new LearningRateSchedule(Decay.COSINE, 0, 1, 10, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the peak learning rate is 0.0; give a number above 0");
  }
}
