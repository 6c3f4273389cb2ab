package dev.parley.model.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Functions of every number in a vector, within about one unit in the last place of Java's own. */
final class Functions {

  private static final float LOG2_E = 1.442695041f;

  /** ln 2 in two parts, of which the first times any exponent is exact (Cody and Waite 1980). */
  private static final float LN_2_HIGH = 0.693359375f;

  private static final float LN_2_LOW = -2.12194440e-4f;

  /** 1.5 · 2^23: a small number added to it is rounded, and stands in its lowest bits. */
  private static final float ROUNDER = 12_582_912f;

  private static final int FRACTION_BITS = 23;

  /** Below, e^x is no normal number in single precision any more. */
  private static final float LEAST = -87.3f;

  private static final float MOST = 88.3f;

  private Functions() {}

  /**
   * e^x: e^x = 2^n e^r with n = round(x / ln 2), and e^r by a polynomial on |r| ≤ ln 2 / 2 (Cephes'
   * expf, Moshier 1989). Numbers below −87.3 give 0, those above 88.3 what 88.3 gives.
   */
  static FloatVector exp(FloatVector x) {
    VectorMask<Float> vanishing = x.compare(VectorOperators.LT, LEAST);
    FloatVector shifted = x.min(MOST).fma(splat(LOG2_E), splat(ROUNDER));
    FloatVector n = shifted.sub(ROUNDER);
    FloatVector r = n.fma(splat(-LN_2_LOW), n.fma(splat(-LN_2_HIGH), x.min(MOST)));
    FloatVector p = splat(1.9875691500e-4f);
    p = p.fma(r, splat(1.3981999507e-3f));
    p = p.fma(r, splat(8.3334519073e-3f));
    p = p.fma(r, splat(4.1665795894e-2f));
    p = p.fma(r, splat(1.6666665459e-1f));
    p = p.fma(r, splat(5.0000001201e-1f));
    FloatVector power = p.fma(r.mul(r), r.add(1));
    FloatVector scaled =
        power
            .reinterpretAsInts()
            .add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, FRACTION_BITS))
            .reinterpretAsFloats();
    return scaled.blend(0, vanishing);
  }

  /** x · sigmoid(x). */
  static FloatVector silu(FloatVector x) {
    return x.div(exp(x.neg()).add(1));
  }

  /** tanh x: a series near 0, where the formula with e^x loses digits. */
  static FloatVector tanh(FloatVector x) {
    FloatVector s = x.mul(x);
    FloatVector series =
        s.fma(splat(62f / 2835), splat(-17f / 315))
            .fma(s, splat(2f / 15))
            .fma(s, splat(-1f / 3))
            .fma(s, splat(1))
            .mul(x);
    FloatVector e = exp(x.abs().mul(-2));
    FloatVector size = splat(1).sub(e).div(e.add(1));
    FloatVector far = size.blend(size.neg(), x.compare(VectorOperators.LT, 0));
    return far.blend(series, x.abs().compare(VectorOperators.LT, 0.25f));
  }

  /** GELU in its tanh approximation (Hendrycks and Gimpel 2016). */
  static FloatVector geluTanh(FloatVector x) {
    FloatVector cubic = x.mul(x).mul(x).fma(splat(0.044715f), x);
    FloatVector t = tanh(cubic.mul(0.7978845608f));
    return t.add(1).mul(x).mul(0.5f);
  }

  /** GELU with the error function. */
  static FloatVector gelu(FloatVector x) {
    return erf(x.mul(0.7071067812f)).add(1).mul(x).mul(0.5f);
  }

  /** The error function within 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26). */
  private static FloatVector erf(FloatVector x) {
    FloatVector size = x.abs();
    FloatVector t = splat(1).div(size.fma(splat(0.3275911f), splat(1)));
    FloatVector p = splat(1.061405429f);
    p = p.fma(t, splat(-1.453152027f));
    p = p.fma(t, splat(1.421413741f));
    p = p.fma(t, splat(-0.284496736f));
    p = p.fma(t, splat(0.254829592f));
    FloatVector y = splat(1).sub(p.mul(t).mul(exp(size.mul(size).neg())));
    return y.blend(y.neg(), x.compare(VectorOperators.LT, 0));
  }

  private static FloatVector splat(float x) {
    return FloatVector.broadcast(Lanes.FLOATS, x);
  }
}
