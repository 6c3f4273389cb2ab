package dev.parley.model.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.parley.model.decoding.Draw;
import dev.parley.model.decoding.Drawn;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenSamplerTest {

  private static final int VOCABULARY = 700;

  /** Logits of another row stand before those of the row that is drawn from. */
  private static final int AT = 3;

  private static float[] logits(long seed) {
    Random random = new Random(seed);
    float[] logits = new float[AT + VOCABULARY];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (3 * random.nextGaussian());
    }
    return logits;
  }

  private static Drawn draw(float[] logits, List<Integer> banned, double uniform) {
    return new TokenSampler(VOCABULARY).draw(logits, AT, new Draw(1, 0, 1, banned, uniform));
  }

  private static double logSumExp(float[] logits, List<Integer> without) {
    double sum = 0;
    for (int token = 0; token < VOCABULARY; token++) {
      sum += without.contains(token) ? 0 : Math.exp(logits[AT + token]);
    }
    return Math.log(sum);
  }

  /** The first token at which the distribution function passes a number. */
  private static int inverted(float[] logits, List<Integer> banned, double uniform) {
    double target = uniform * Math.exp(logSumExp(logits, banned));
    double sum = 0;
    for (int token = 0; token < VOCABULARY; token++) {
      sum += banned.contains(token) ? 0 : Math.exp(logits[AT + token]);
      if (sum > target) {
        return token;
      }
    }
    throw new AssertionError("the function does not reach " + uniform);
  }

  @Test
  void aBannedTokenIsNeverDrawnAndItsProbabilityGoesToTheOthers() {
    float[] logits = logits(1);
    logits[AT + 5] = 9;
    logits[AT + 600] = 9;
    List<Integer> banned = List.of(5, 600, 6);
    for (double uniform = 0; uniform < 1; uniform += 0.0625) {
      Drawn drawn = draw(logits, banned, uniform);
      assertThat(drawn.token()).isEqualTo(inverted(logits, banned, uniform));
      double logit = logits[AT + drawn.token()];
      assertThat((double) drawn.samplingLogProb())
          .isCloseTo(logit - logSumExp(logits, banned), within(1e-5));
      assertThat((double) drawn.modelLogProb())
          .isCloseTo(logit - logSumExp(logits, List.of()), within(1e-5));
    }
  }

  @Test
  void whatIsLeftBesideAnOverwhelmingBannedTokenKeepsItsDigits() {
    float[] logits = logits(2);
    logits[AT + 300] = 200;
    List<Integer> banned = List.of(300);
    for (double uniform = 0; uniform < 1; uniform += 0.125) {
      Drawn drawn = draw(logits, banned, uniform);
      assertThat(drawn.token()).isEqualTo(inverted(logits, banned, uniform));
      assertThat((double) drawn.samplingLogProb())
          .isCloseTo(logits[AT + drawn.token()] - logSumExp(logits, banned), within(1e-5));
    }
  }
}
