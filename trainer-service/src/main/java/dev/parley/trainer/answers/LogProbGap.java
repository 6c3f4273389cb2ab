package dev.parley.trainer.answers;

import dev.parley.trainer.experience.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/** How far the log-probabilities of trainer and policy service are apart. */
public final class LogProbGap {

  /** Nats per token, on average, by which they may differ to count as the same. */
  public static final double AGREEMENT = 1e-3;

  private LogProbGap() {}

  /**
   * Returns |log π − log π'| of every action token that both sides told of.
   *
   * @param samples the answers, with log π' of the policy service
   * @param computed log π as the trainer computed it {@code [B][T]}; null for answers to pass over
   */
  public static double[] perToken(List<Sample> samples, float[][] computed) {
    return IntStream.range(0, computed.length)
        .filter(b -> computed[b] != null && samples.get(b).policyLogProbs().length > 0)
        .mapToObj(
            b -> apart(computed[b], samples.get(b).atActions(samples.get(b).policyLogProbs())))
        .flatMapToDouble(Arrays::stream)
        .toArray();
  }

  private static double[] apart(float[] one, float[] other) {
    return IntStream.range(0, one.length)
        .mapToDouble(t -> Math.abs((double) one[t] - other[t]))
        .toArray();
  }

  /** Returns the mean of {@link #perToken}, nats; 0 of no tokens. */
  public static double mean(List<Sample> samples, float[][] computed) {
    return DoubleStream.of(perToken(samples, computed)).average().orElse(0);
  }
}
