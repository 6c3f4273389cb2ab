package dev.parley.trainer.recipe.ppo;

import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.PositionScores;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.Sample;
import dev.parley.trainer.optimization.Accumulation;
import dev.parley.trainer.optimization.Learner;
import dev.parley.trainer.optimization.Work;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Log-probabilities and values of an update's samples under the weights at its beginning.
 *
 * <p>If the first optimizer step takes all samples at once, it begins at these very weights: the
 * passes then stay open, and that step goes back through them instead of running forward again.
 * Safe for use by several workers.
 */
final class Evaluation implements Work<Void>, AutoCloseable {

  private final List<Sample> samples;
  private final List<LearningSequence> sequences;
  private final Learner policy;
  private final Learner critic;
  private final float[][] logProbs;
  private final float[][] values;
  private final Optional<float[][]> referenceLogProbs;
  private final Map<List<Integer>, Open> open = new HashMap<>();
  private boolean keep;

  /**
   * Passes over some samples that can still be gone back through.
   *
   * @param packed their tokens
   * @param actor the policy's pass
   * @param critic the critic's pass; the policy's if they share a trunk
   */
  record Open(PackedBatch packed, ForwardPass actor, ForwardPass critic) implements AutoCloseable {
    @Override
    public void close() {
      if (critic != actor) {
        critic.close();
      }
      actor.close();
    }
  }

  private Evaluation(List<Sample> samples, Learner policy, Learner critic, boolean adapterOff) {
    this.samples = samples;
    this.sequences = samples.stream().map(Sample::sequence).toList();
    this.policy = policy;
    this.critic = critic;
    this.logProbs = new float[samples.size()][];
    this.values = new float[samples.size()][];
    this.referenceLogProbs =
        adapterOff ? Optional.of(new float[samples.size()][]) : Optional.empty();
  }

  /**
   * Evaluates.
   *
   * @param samples the update's answers
   * @param policy the policy
   * @param critic gives values; the policy itself if they share a trunk
   * @param learning whether both models learn; if not, no pass stays open
   * @param accumulation runs the passes
   * @param config the settings
   */
  static Evaluation of(
      List<Sample> samples,
      Learner policy,
      Learner critic,
      boolean learning,
      Accumulation accumulation,
      PpoConfig config) {
    boolean adapterOff = config.kl().reference() == PpoConfig.KlPenalty.Reference.ADAPTER_OFF;
    Evaluation evaluation = new Evaluation(samples, policy, critic, adapterOff);
    long tokensKept =
        Arrays.stream(evaluation.lengths()).asLongStream().sum() * (critic == policy ? 1 : 2);
    evaluation.keep =
        learning && config.ppo().minibatches() == 1 && tokensKept <= accumulation.tokens();
    try {
      accumulation.score(evaluation);
      return evaluation;
    } catch (RuntimeException e) {
      evaluation.close();
      throw e;
    }
  }

  @Override
  public int[] lengths() {
    return PackedBatch.lengths(sequences);
  }

  @Override
  public Void run(List<Integer> rows, int worker) {
    PackedBatch packed = PackedBatch.of(rows.stream().map(sequences::get).toList());
    float[] temperatures = Experience.temperatures(rows.stream().map(samples::get).toList());
    referenceLogProbs.ifPresent(
        all ->
            spread(
                rows,
                packed,
                policy
                    .model()
                    .scoresWithoutAdapter(packed.batch(), packed.predictors(), temperatures)
                    .logProbs(),
                all));
    if (keeping()) {
      keep(rows, packed, temperatures);
    } else {
      score(rows, packed, temperatures);
    }
    return null;
  }

  private void keep(List<Integer> rows, PackedBatch packed, float[] temperatures) {
    ForwardPass actorPass = policy.forward(packed, temperatures);
    ForwardPass criticPass = actorPass;
    if (critic != policy) {
      try {
        criticPass = critic.forward(packed, new float[0]);
      } catch (RuntimeException | OutOfMemoryError e) {
        actorPass.close();
        throw e;
      }
    }
    spread(rows, packed, actorPass.logProbs().toFloatArray(), logProbs);
    spread(rows, packed, criticPass.scalars().toFloatArray(), values);
    put(rows, new Open(packed, actorPass, criticPass));
  }

  private void score(List<Integer> rows, PackedBatch packed, float[] temperatures) {
    PositionScores fromPolicy =
        policy.model().scores(packed.batch(), packed.predictors(), temperatures);
    PositionScores fromCritic =
        critic == policy
            ? fromPolicy
            : critic.model().scores(packed.batch(), packed.predictors(), new float[0]);
    spread(rows, packed, fromPolicy.logProbs(), logProbs);
    spread(rows, packed, fromCritic.scalars(), values);
  }

  /** Gives each sample its stretch of what was computed for all. */
  private static void spread(
      List<Integer> rows, PackedBatch packed, float[] flat, float[][] bySample) {
    int from = 0;
    for (int i = 0; i < rows.size(); i++) {
      int to = from + packed.rowCounts()[i];
      bySample[rows.get(i)] = Arrays.copyOfRange(flat, from, to);
      from = to;
    }
  }

  /** Returns log π_old {@code [B][T]}. */
  float[][] logProbs() {
    return logProbs;
  }

  /** Returns V_old {@code [B][T]}. */
  float[][] values() {
    return values;
  }

  /** Returns log π_ref {@code [B][T]}, if the trainer is its own reference. */
  Optional<float[][]> referenceLogProbs() {
    return referenceLogProbs;
  }

  private synchronized boolean keeping() {
    return keep;
  }

  private synchronized void put(List<Integer> rows, Open passes) {
    if (keep) {
      open.put(rows, passes);
    } else {
      passes.close();
    }
  }

  /** Hands over the open passes of exactly these samples, once: the caller closes them. */
  synchronized Optional<Open> take(List<Integer> rows) {
    return Optional.ofNullable(open.remove(rows));
  }

  /** Closes what is open; from now on nothing is kept. */
  @Override
  public synchronized void release() {
    keep = false;
    open.values().forEach(Open::close);
    open.clear();
  }

  @Override
  public void close() {
    release();
  }
}
