package dev.parley.trainer.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.Random;

/** A batch of packed rows with random numbers, to be computed whole and in parts. */
public final class Splits {
  private static final int[] LENGTHS = {3, 1, 5, 2, 4, 1};
  private static final float TOLERANCE = 2e-6f;

  private Splits() {}

  /**
   * Rows {@code from} to {@code to} of the batch: what a micro-batch holds.
   *
   * @param scope makes arrays
   * @param rows lengths of these rows
   * @param counts of the whole batch
   * @param from first row
   * @param to row after the last
   */
  public record MicroBatch(
      GradientScope scope, PackedRows rows, GlobalCounts counts, int from, int to) {
    /** Normal numbers for the tokens of these rows; the same for the same seed. */
    public float[] tokens(long seed) {
      int skipped = 0;
      for (int r = 0; r < from; r++) {
        skipped += LENGTHS[r];
      }
      return normals(seed, skipped, rows.tokens());
    }

    /** One normal number for each of these rows; the same for the same seed. */
    public float[] perRow(long seed) {
      return normals(seed, from, to - from);
    }

    private static float[] normals(long seed, int skip, int count) {
      Random random = new Random(seed);
      for (int i = 0; i < skip; i++) {
        random.nextGaussian();
      }
      float[] values = new float[count];
      for (int i = 0; i < count; i++) {
        values[i] = (float) random.nextGaussian() / 2;
      }
      return values;
    }
  }

  /**
   * What a loss made of a micro-batch.
   *
   * @param term loss and metrics
   * @param leaf whose gradient is compared
   */
  public record Computed(LossTerm term, NDArray leaf) {}

  /** The loss under test. */
  public interface Loss {
    /** Computes the loss of some rows. */
    Computed of(MicroBatch batch);
  }

  /** Asserts that losses, gradients and metrics of any two parts are those of the whole. */
  public static void changeNothing(Loss loss) {
    Outcome whole = compute(loss, 0, LENGTHS.length);
    for (int cut = 1; cut < LENGTHS.length; cut++) {
      Outcome first = compute(loss, 0, cut);
      Outcome second = compute(loss, cut, LENGTHS.length);

      assertThat(first.loss + second.loss).as("loss").isCloseTo(whole.loss, within(TOLERANCE));
      assertThat(concat(first.gradient, second.gradient))
          .as("gradient")
          .containsExactly(whole.gradient, within(TOLERANCE));
      Metrics joined = first.metrics.plus(second.metrics);
      whole
          .metrics
          .values()
          .forEach(
              (name, value) ->
                  assertThat(joined.get(name)).as(name).isCloseTo(value, within(1e-5)));
    }
  }

  private record Outcome(float loss, float[] gradient, Metrics metrics) {}

  private static Outcome compute(Loss loss, int from, int to) {
    try (GradientScope scope = new GradientScope()) {
      int[] lengths = Arrays.copyOfRange(LENGTHS, from, to);
      GlobalCounts counts = GlobalCounts.of(PackedRows.ofLengths(LENGTHS));
      MicroBatch batch = new MicroBatch(scope, PackedRows.ofLengths(lengths), counts, from, to);
      Computed computed = loss.of(batch);
      scope.backward(computed.term().loss());
      return new Outcome(
          computed.term().loss().getFloat(),
          GradientScope.gradient(computed.leaf()),
          computed.term().metrics());
    }
  }

  private static float[] concat(float[] first, float[] second) {
    float[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
