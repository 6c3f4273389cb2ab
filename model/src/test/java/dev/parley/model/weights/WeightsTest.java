package dev.parley.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import dev.parley.model.torchscript.EngineOptions;
import dev.parley.model.torchscript.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class WeightsTest {

  private static Weights random(long columns, long seed) {
    return Weights.random(List.of(Slot.of("m", 700, columns)), 1, 1, seed, EngineOptions.CPU);
  }

  @Test
  void absorbingAddsEveryNumberAndLeavesZeros() {
    try (Weights one = random(1000, 1); // several blocks, the last of them not full
        Weights other = random(1000, 2)) {
      float[] expected = one.flat().toFloatArray();
      float[] added = other.flat().toFloatArray();
      for (int i = 0; i < expected.length; i++) {
        expected[i] += added[i];
      }
      one.absorb(other);
      assertThat(Arrays.equals(one.flat().toFloatArray(), expected)).isTrue();
      assertThat(Arrays.equals(other.flat().toFloatArray(), new float[expected.length])).isTrue();
    }
  }

  @Test
  void whatIsTakenIsInEveryArrayAndOutlivesItsSource() {
    List<Slot> slots = List.of(Slot.of("m", 2, 3), Slot.of("v.bias", 3));
    try (Weights one = Weights.random(slots, 1, 1, 1, EngineOptions.CPU)) {
      NDArray matrix = one.arrays().get(0);
      float[] expected;
      try (Weights other = Weights.random(slots, 1, 1, 2, EngineOptions.CPU)) {
        expected = other.floats("m");
        one.takeFrom(other);
      }
      assertThat(matrix.toFloatArray()).isEqualTo(expected);
      assertThat(one.floats("m")).isEqualTo(expected);
      one.setFloats("m", new float[] {1, 2, 3, 4, 5, 6});
      assertThat(matrix.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }

  @Test
  void whatIsTakenMayBeTakenOver() {
    try (Weights one = random(2, 1);
        Weights second = random(2, 2);
        Weights third = random(2, 3)) {
      float[] expected = third.floats("m");
      one.takeFrom(second);
      one.takeFrom(third);
      assertThat(one.floats("m")).isEqualTo(expected);
    }
  }

  @Test
  void weightsOfAnotherNumberFormatAreNotTaken() {
    try (Weights one = random(2, 1);
        Weights other = one.like(Precision.BFLOAT16)) {
      float[] before = one.floats("m");
      assertThatThrownBy(() -> one.takeFrom(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("precision=bfloat16");
      assertThat(one.floats("m")).isEqualTo(before);
    }
  }

  @Test
  void aPartLiesInTheWholeInAsFewStretchesAsMayBe() {
    List<Slot> slots =
        List.of(
            Slot.of("table", 5, 2),
            Slot.of("norm", 2),
            Slot.of("lower", 3, 2),
            Slot.of("lower_bias", 3),
            Slot.of("upper", 4, 2),
            Slot.of("upper_bias", 4),
            Slot.of("head", 1, 2));
    List<Slot> part = new ArrayList<>(slots);
    part.set(0, Slot.ABSENT);
    part.set(2, Slot.ABSENT);
    part.set(3, Slot.ABSENT);
    try (Weights whole = Weights.random(slots, 1, 1, 1, EngineOptions.CPU);
        Weights some = whole.like(Precision.FLOAT32, part)) {
      assertThat(whole.stretches(some))
          .containsExactly(
              new Weights.Stretch(16, 0, 10, true), // upper, head
              new Weights.Stretch(26, 10, 2, false), // norm
              new Weights.Stretch(31, 12, 4, false)); // upper_bias
      assertThat(whole.stretches(whole))
          .containsExactly(
              new Weights.Stretch(0, 0, 26, true), new Weights.Stretch(26, 26, 9, false));
    }
  }

  @Test
  void weightsOfAnotherModelAreNotAbsorbed() {
    try (Weights one = random(2, 1);
        Weights other = random(3, 1)) {
      assertThatThrownBy(() -> one.absorb(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not of the same model");
    }
  }
}
