package dev.parley.model.vector;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class LanesTest {

  @Test
  void lanesAreAddedInOneOrderWhetherCompiledOrNot() {
    Random random = new Random(1);
    float[] values = new float[Lanes.COUNT];
    for (int round = 0; round < 50_000; round++) {
      float[] everyFourth = new float[4];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(8)));
        everyFourth[i % 4] += values[i];
      }
      float expected = everyFourth[0] + everyFourth[1] + (everyFourth[2] + everyFourth[3]);
      assertThat(Lanes.sum(FloatVector.fromArray(Lanes.FLOATS, values, 0))).isEqualTo(expected);
    }
  }
}
