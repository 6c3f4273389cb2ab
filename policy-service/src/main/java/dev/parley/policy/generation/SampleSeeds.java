package dev.parley.policy.generation;

/** The seeds of the answers to one request. */
public final class SampleSeeds {

  /** 2⁶⁴ divided by the golden ratio, made odd (Steele, Lea and Flood 2014). */
  private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

  private SampleSeeds() {}

  /**
   * Returns the seed of one answer: answer 0 has the request's own, so that any answer can be made
   * again alone by sending its seed; answer i &gt; 0 has {@code mix(seed + i · GOLDEN_GAMMA)} with
   * the finaliser of SplitMix64 (Steele, Lea and Flood 2014; variant 13 of Stafford). Without the
   * mixing the answers' streams would be one stream, shifted.
   *
   * @param seed the request's seed
   * @param index of the answer, from 0
   */
  public static long of(long seed, int index) {
    return index == 0 ? seed : mix(seed + index * GOLDEN_GAMMA);
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
