package dev.parley.model.vector;

import dev.parley.model.decoding.Draw;
import dev.parley.model.decoding.Drawn;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Draws a token by inverting the distribution function at a given number: the same as {@code
 * sampling.torchscript}, one row at a time. Each member of a crew has one of its own.
 *
 * <p>Probabilities are added up in two levels, so that sums in double precision are taken of whole
 * blocks only: first the block that the number falls into is found, then the token in it.
 */
final class TokenSampler {

  private static final int BLOCK = 256;

  /** Keeps rounding from carrying a number past its block, to a token that cannot be drawn. */
  private static final double JUST_BELOW_ONE = 0.9999999999999;

  /**
   * Numerators are exact to single precision down to e^-87 of the largest: e^-46 of all is safe.
   */
  private static final double LEAST_LEFT = 1e-20;

  private final int vocabulary;
  private final float[] numerators;
  private final double[] blocks;
  private float largest;
  private float[] filtered = new float[0];

  TokenSampler(int vocabulary) {
    this.vocabulary = vocabulary;
    this.blocks = new double[(vocabulary + BLOCK - 1) / BLOCK];
    this.numerators = new float[blocks.length * BLOCK];
  }

  /**
   * Draws.
   *
   * @param logits of all rows
   * @param at where this row's begin
   * @param draw how
   */
  Drawn draw(float[] logits, int at, Draw draw) {
    double model = logSumExp(logits, at);
    if (draw.plain() && ban(draw.banned())) {
      int token = invert(draw.uniform());
      double sampling = largest + Math.log(total());
      return new Drawn(
          token, (float) (logits[at + token] - sampling), (float) (logits[at + token] - model));
    }
    float[] kept = filter(logits, at, draw);
    if (draw.temperature() == 0) {
      int best = argmax(kept);
      return new Drawn(best, 0, (float) (logits[at + best] - model));
    }
    double sampling = logSumExp(kept, 0);
    int token = invert(draw.uniform());
    return new Drawn(token, (float) (kept[token] - sampling), (float) (logits[at + token] - model));
  }

  /**
   * Computes log sum exp, leaving the largest logit, exp(logit − largest) and their sums by blocks
   * behind.
   */
  private double logSumExp(float[] z, int at) {
    largest = max(z, at);
    for (int block = 0; block < blocks.length; block++) {
      int begin = block * BLOCK;
      int end = Math.min(begin + BLOCK, vocabulary);
      blocks[block] = exponentiate(z, at, begin, end, largest);
    }
    return largest + Math.log(total());
  }

  private double total() {
    double total = 0;
    for (double block : blocks) {
      total += block;
    }
    return total;
  }

  /**
   * Takes tokens out of the numerators.
   *
   * @return false if what is left is so little that the numerators, which are relative to the
   *     largest logit of all, have lost digits; they are then to be computed again
   */
  private boolean ban(List<Integer> banned) {
    double before = total();
    for (int token : banned) {
      numerators[token] = 0;
    }
    for (int token : banned) {
      int block = token / BLOCK;
      double sum = 0;
      int end = Math.min((block + 1) * BLOCK, vocabulary);
      for (int i = block * BLOCK; i < end; i++) {
        sum += numerators[i];
      }
      blocks[block] = sum;
    }
    return total() > LEAST_LEFT * before;
  }

  private float max(float[] z, int at) {
    FloatVector most = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
    int i = 0;
    for (; i + Lanes.COUNT <= vocabulary; i += Lanes.COUNT) {
      most = most.max(FloatVector.fromArray(Lanes.FLOATS, z, at + i));
    }
    float max = most.reduceLanes(VectorOperators.MAX);
    for (; i < vocabulary; i++) {
      max = Math.max(max, z[at + i]);
    }
    return max;
  }

  private double exponentiate(float[] z, int at, int begin, int end, float max) {
    FloatVector sums = FloatVector.zero(Lanes.FLOATS);
    int i = begin;
    for (; i + Lanes.COUNT <= end; i += Lanes.COUNT) {
      FloatVector e = Functions.exp(FloatVector.fromArray(Lanes.FLOATS, z, at + i).sub(max));
      e.intoArray(numerators, i);
      sums = sums.add(e);
    }
    double sum = Lanes.sum(sums);
    for (; i < end; i++) {
      numerators[i] = (float) Math.exp(z[at + i] - max);
      sum += numerators[i];
    }
    return sum;
  }

  /** Returns the token at which the distribution function of the numerators passes a number. */
  private int invert(double uniform) {
    double target = uniform * total();
    int chosen = 0;
    double before = 0;
    while (chosen < blocks.length - 1 && before + blocks[chosen] <= target) {
      before += blocks[chosen++];
    }
    int begin = chosen * BLOCK;
    int end = Math.min(begin + BLOCK, vocabulary);
    double whole = 0;
    for (int i = begin; i < end; i++) {
      whole += numerators[i];
    }
    double rest = Math.min(target - before, whole * JUST_BELOW_ONE);
    double sum = 0;
    for (int i = begin; i < end; i++) {
      sum += numerators[i];
      if (sum > rest) {
        return i;
      }
    }
    // Only numbers that are none come here: the log-probability tells.
    return begin;
  }

  /** Returns tempered logits with −∞ at tokens that must not be drawn. */
  private float[] filter(float[] logits, int at, Draw draw) {
    if (filtered.length == 0) {
      filtered = new float[vocabulary];
    }
    float divisor = draw.temperature() == 0 ? 1 : (float) draw.temperature();
    for (int i = 0; i < vocabulary; i++) {
      filtered[i] = logits[at + i] / divisor;
    }
    for (int token : draw.banned()) {
      filtered[token] = Float.NEGATIVE_INFINITY;
    }
    if (draw.temperature() == 0) {
      return filtered;
    }
    if (draw.topK() > 0 && draw.topK() < vocabulary) {
      dropBelow(kthLargest(draw.topK()));
    }
    if (draw.topP() < 1) {
      dropBelow(leastOfNucleus(draw.topP()));
    }
    return filtered;
  }

  private void dropBelow(float least) {
    for (int i = 0; i < vocabulary; i++) {
      if (filtered[i] < least) {
        filtered[i] = Float.NEGATIVE_INFINITY;
      }
    }
  }

  private float kthLargest(int k) {
    float[] sorted = filtered.clone();
    Arrays.sort(sorted);
    return sorted[vocabulary - k];
  }

  /**
   * Returns the smallest logit of the nucleus: a token stays while those before it do not reach the
   * share. Tokens of a probability below (1 − share) / V cannot be in it, so only the others,
   * mostly few, are sorted.
   */
  private float leastOfNucleus(double share) {
    double sum = logSumExp(filtered, 0);
    double bound = Math.log((1 - share) / vocabulary) + sum;
    float[] candidates = new float[vocabulary];
    int count = 0;
    for (int i = 0; i < vocabulary; i++) {
      if (filtered[i] >= bound) {
        candidates[count++] = filtered[i];
      }
    }
    Arrays.sort(candidates, 0, count);
    double before = 0;
    float least = Float.NEGATIVE_INFINITY;
    for (int i = count - 1; i >= 0 && before < share; i--) {
      least = candidates[i];
      before += Math.exp(least - sum);
    }
    return least;
  }

  private int argmax(float[] z) {
    int best = 0;
    for (int i = 1; i < vocabulary; i++) {
      if (z[i] > z[best]) {
        best = i;
      }
    }
    return best;
  }
}
