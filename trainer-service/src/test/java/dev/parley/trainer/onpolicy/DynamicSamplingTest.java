package dev.parley.trainer.onpolicy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.toy.ToyAnswers;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

class DynamicSamplingTest {

  private static List<Sample> group(double... scores) {
    return DoubleStream.of(scores)
        .mapToObj(score -> ToyAnswers.answer("p", 0, 2, score, true))
        .toList();
  }

  @Test
  void aGroupIsUsefulIfTwoOfItsScoresDiffer() {
    assertThat(DynamicSampling.hasSpread(group(1, 1, 0, 1))).isTrue();
    assertThat(DynamicSampling.hasSpread(group(1, 1, 1))).isFalse();
    assertThat(DynamicSampling.hasSpread(group(1))).isFalse();
  }

  @Test
  void withoutRoundsEveryGroupIsTaken() {
    assertThat(DynamicSampling.ofSpread(0)).isSameAs(DynamicSampling.NONE);
    assertThat(DynamicSampling.NONE.useful().test(group(1, 1))).isTrue();
  }
}
