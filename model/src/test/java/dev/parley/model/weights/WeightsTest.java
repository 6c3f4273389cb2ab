package dev.parley.model.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.parley.model.torchscript.EngineOptions;
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
  void weightsOfAnotherModelAreNotAbsorbed() {
    try (Weights one = random(2, 1);
        Weights other = random(3, 1)) {
      assertThatThrownBy(() -> one.absorb(other))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("not of the same model");
    }
  }
}
