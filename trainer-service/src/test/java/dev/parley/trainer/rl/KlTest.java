package dev.parley.trainer.rl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class KlTest {
  private static final float[][] LOG_PROBS = {{-1f, -.5f, -2f, -.1f}};
  private static final float[][] REF_LOG_PROBS = {{-1.2f, -.4f, -1.5f, -.3f}};
  private static final boolean[][] MASK = {{true, true, true, true}};

  @Test
  void estimatesOfFourTokensByHand() {
    assertThat(perToken(KlEstimator.K1))
        .containsExactly(new float[] {.2f, -.1f, -.5f, .2f}, within(1e-6f));
    assertThat(perToken(KlEstimator.K2))
        .containsExactly(new float[] {.02f, .005f, .125f, .02f}, within(1e-6f));
    assertThat(perToken(KlEstimator.K3))
        .containsExactly(new float[] {.0187308f, .0051709f, .1487213f, .0187308f}, within(1e-6f));
    assertThat(perToken(KlEstimator.ABS))
        .containsExactly(new float[] {.2f, .1f, .5f, .2f}, within(1e-6f));
  }

  private static float[] perToken(KlEstimator estimator) {
    return Kl.perToken(estimator, LOG_PROBS, REF_LOG_PROBS, MASK)[0];
  }

  @Test
  void k3IsBoundedWhereTheReferenceThinksATokenImpossible() {
    assertThat(KlEstimator.K3.of(-1e9)).isEqualTo(KlEstimator.K3_BOUND);
    assertThat(KlEstimator.K3.of(1e9)).isEqualTo(KlEstimator.K3_BOUND);
  }

  /** Σ_v p_v k(v) over the vocabulary is the expectation over samples from the policy. */
  @Test
  void k1AndK3AreUnbiasedAndK3IsNeverNegative() {
    float[] logits = {.3f, -1f, 2f, .1f};
    float[] refLogits = {1f, .2f, -.5f, 0f};
    double exact = Kl.exact(logits, refLogits);
    double[] logP = logSoftmax(logits);
    double[] logQ = logSoftmax(refLogits);

    for (KlEstimator unbiased : new KlEstimator[] {KlEstimator.K1, KlEstimator.K3}) {
      double expectation = 0;
      for (int v = 0; v < logits.length; v++) {
        expectation += Math.exp(logP[v]) * unbiased.of(logP[v] - logQ[v]);
      }
      assertThat(expectation).as("%s", unbiased).isCloseTo(exact, within(1e-9));
    }
    for (double d = -3; d <= 3; d += 0.1) {
      assertThat(KlEstimator.K3.of(d)).isNotNegative();
    }
  }

  private static double[] logSoftmax(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    double[] result = new double[logits.length];
    for (int v = 0; v < logits.length; v++) {
      result[v] = logits[v] - Math.log(sum);
    }
    return result;
  }

  @Test
  void exactKlOfEqualDistributionsIsZeroWhateverTheLogitsOffset() {
    assertThat(Kl.exact(new float[] {1, 2, 3}, new float[] {1001, 1002, 1003}))
        .isCloseTo(0, within(1e-12));
  }

  @Test
  void answersAreSummedAndThenAveraged() {
    float[][] kl = {{1, 2, 100}, {5}};
    boolean[][] mask = {{true, true, false}, {true}};

    assertThat(Kl.perSequence(kl, mask)).containsExactly(3, 5);
    assertThat(Kl.meanPerSequence(kl, mask)).isEqualTo(4);
  }

  @Test
  void refusesVocabulariesOfDifferentSizes() {
    assertThatThrownBy(() -> Kl.exact(new float[2], new float[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("the policy has 2 logits, the reference 3; both must share one vocabulary");
  }
}
