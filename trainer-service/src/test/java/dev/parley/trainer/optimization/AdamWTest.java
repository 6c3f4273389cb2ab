package dev.parley.trainer.optimization;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import dev.parley.model.torchscript.Libtorch;
import dev.parley.trainer.optimization.AdamW.Outcome;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdamWTest {
  private static final AdamW.Settings SETTINGS = new AdamW.Settings(0.9, 0.99, 1e-8, 0.1, 1);

  private final NDManager manager = Libtorch.manager(Device.cpu());

  @AfterEach
  void close() {
    manager.close();
  }

  @Test
  void agreesWithPlainJavaOverManySteps() {
    int size = 37;
    int decayed = 20;
    Random random = new Random(7);
    float[] start = normals(random, size);
    double[] expected = new double[size];
    for (int i = 0; i < size; i++) {
      expected[i] = start[i];
    }
    double[] m = new double[size];
    double[] v = new double[size];
    AdamW.Buffers buffers = buffers(start, decayed);
    AdamW adamW = new AdamW(buffers, SETTINGS, AdamW.State.INITIAL);

    for (int t = 1; t <= 30; t++) {
      float[] gradient = normals(random, size);
      buffers.gradients().set(gradient);
      adamW.step(0.01);
      plainJava(expected, gradient, m, v, t, decayed, 0.01);
    }

    float[] actual = buffers.parameters().toFloatArray();
    for (int i = 0; i < size; i++) {
      assertThat((double) actual[i]).isCloseTo(expected[i], within(2e-5));
    }
    assertThat(adamW.state()).isEqualTo(new AdamW.State(30, 0));
  }

  private static void plainJava(
      double[] p, float[] g, double[] m, double[] v, int t, int decayed, double lr) {
    double squares = 0;
    for (float x : g) {
      squares += (double) x * x;
    }
    double scale = Math.min(1, 1 / (Math.sqrt(squares) + 1e-6));
    for (int i = 0; i < p.length; i++) {
      double x = g[i] * scale;
      p[i] -= i < decayed ? lr * 0.1 * p[i] : 0;
      m[i] = 0.9 * m[i] + 0.1 * x;
      v[i] = 0.99 * v[i] + 0.01 * x * x;
      double mean = m[i] / (1 - Math.pow(0.9, t));
      double deviation = Math.sqrt(v[i] / (1 - Math.pow(0.99, t)));
      p[i] -= lr * mean / (deviation + 1e-8);
    }
  }

  @Test
  void theFirstStepMovesEveryParameterByTheLearningRate() {
    AdamW.Buffers buffers = buffers(new float[] {1, 1, 1}, 0);
    buffers.gradients().set(new float[] {.5f, -.01f, 0});

    new AdamW(buffers, SETTINGS, AdamW.State.INITIAL).step(0.25);

    assertThat(buffers.parameters().toFloatArray())
        .containsExactly(new float[] {.75f, 1.25f, 1}, within(1e-5f));
  }

  @Test
  void onlyLeadingParametersDecay() {
    AdamW.Buffers buffers = buffers(new float[] {1, 1, 1}, 2);

    new AdamW(buffers, SETTINGS, AdamW.State.INITIAL).step(0.5);

    assertThat(buffers.parameters().toFloatArray())
        .containsExactly(new float[] {.95f, .95f, 1}, within(1e-6f));
  }

  @Test
  void theNormIsReportedBeforeClippingAndTheGradientsAreClippedToTheMaximum() {
    AdamW.Buffers buffers = buffers(new float[] {0, 0}, 1);
    buffers.gradients().set(new float[] {30, 40});

    Outcome outcome = new AdamW(buffers, SETTINGS, AdamW.State.INITIAL).step(0.1);

    assertThat(outcome).isEqualTo(new Outcome(50, true));
    assertThat(buffers.gradients().toFloatArray())
        .containsExactly(new float[] {.6f, .8f}, within(1e-5f));
  }

  @Test
  void gradientsWithinTheMaximumAreLeftAlone() {
    AdamW.Buffers buffers = buffers(new float[] {0, 0}, 1);
    buffers.gradients().set(new float[] {.3f, .4f});

    new AdamW(buffers, SETTINGS, AdamW.State.INITIAL).step(0.1);

    assertThat(buffers.gradients().toFloatArray()).containsExactly(.3f, .4f);
  }

  @Test
  void aStepThatIsNotFiniteIsSkippedAndCounted() {
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      AdamW.Buffers buffers = buffers(new float[] {1, 2}, 1);
      AdamW adamW = new AdamW(buffers, SETTINGS, AdamW.State.INITIAL);
      buffers.gradients().set(new float[] {1, bad});

      Outcome outcome = adamW.step(0.1);

      assertThat(outcome.applied()).isFalse();
      assertThat(adamW.state()).isEqualTo(new AdamW.State(0, 1));
      assertThat(buffers.parameters().toFloatArray()).containsExactly(1, 2);
      assertThat(buffers.firstMoments().toFloatArray()).containsExactly(0, 0);
      assertThat(buffers.secondMoments().toFloatArray()).containsExactly(0, 0);
    }
  }

  @Test
  void anOptimizerFromStoredStateContinuesBitForBit() {
    Random random = new Random(8);
    float[] start = normals(random, 100);
    AdamW.Buffers unbroken = buffers(start, 60);
    AdamW first = new AdamW(unbroken, SETTINGS, AdamW.State.INITIAL);
    float[][] gradients = new float[10][];
    for (int t = 0; t < 10; t++) {
      gradients[t] = normals(random, 100);
    }

    for (int t = 0; t < 5; t++) {
      unbroken.gradients().set(gradients[t]);
      first.step(0.01);
    }
    AdamW.Buffers resumed = buffers(unbroken.parameters().toFloatArray(), 60);
    resumed.firstMoments().set(unbroken.firstMoments().toFloatArray());
    resumed.secondMoments().set(unbroken.secondMoments().toFloatArray());
    AdamW second = new AdamW(resumed, SETTINGS, first.state());
    for (int t = 5; t < 10; t++) {
      unbroken.gradients().set(gradients[t]);
      first.step(0.01);
      resumed.gradients().set(gradients[t]);
      second.step(0.01);
    }

    assertThat(resumed.parameters().toFloatArray()).isEqualTo(unbroken.parameters().toFloatArray());
    assertThat(second.state()).isEqualTo(first.state());
  }

  /** Squares of so many small numbers, added one by one in single precision, would stand still. */
  @Test
  void theNormOfManyParametersKeepsItsDigits() {
    int size = 1 << 25;
    AdamW.Buffers buffers =
        AdamW.Buffers.whole(
            manager.zeros(new Shape(size)),
            manager.ones(new Shape(size)),
            manager.zeros(new Shape(size)),
            manager.zeros(new Shape(size)),
            0);

    Outcome outcome = new AdamW(buffers, SETTINGS, AdamW.State.INITIAL).step(0);

    assertThat(outcome.gradientNorm()).isCloseTo(Math.sqrt(size), within(1e-3));
  }

  @Test
  void manyStepsLeaveNoArraysBehind() {
    AdamW.Buffers buffers = buffers(new float[] {1, 2}, 1);
    AdamW adamW = new AdamW(buffers, SETTINGS, AdamW.State.INITIAL);
    adamW.step(0.01);
    int before = manager.getManagedArrays().size();

    for (int t = 0; t < 100; t++) {
      adamW.step(0.01);
    }

    assertThat(manager.getManagedArrays()).hasSize(before);
  }

  @Test
  void refusesArraysOfAnotherLayout() {
    NDArray two = manager.zeros(new Shape(2));
    NDArray three = manager.zeros(new Shape(3));

    assertThatThrownBy(() -> AdamW.Buffers.whole(two, three, two, two, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the gradients are float32 (3); give 2 numbers of float32 in one dimension");
    assertThatThrownBy(() -> AdamW.Buffers.whole(two, two, two, two, 3))
        .hasMessage("3 of 2 parameters cannot have weight decay");
  }

  @Test
  void refusesSettingsOutOfRange() {
    assertThatThrownBy(() -> new AdamW.Settings(1, 0.99, 1e-8, 0, 1))
        .hasMessage("the betas are 1.0 and 0.99; give 0 to below 1");
    assertThatThrownBy(
            () ->
                new AdamW(buffers(new float[] {1}, 0), SETTINGS, AdamW.State.INITIAL)
                    .step(Double.NaN))
        .hasMessage("the learning rate is NaN; give a number of at least 0");
  }

  private AdamW.Buffers buffers(float[] parameters, long decayed) {
    NDArray p = manager.create(parameters);
    return AdamW.Buffers.whole(p, p.zerosLike(), p.zerosLike(), p.zerosLike(), decayed);
  }

  private static float[] normals(Random random, int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
