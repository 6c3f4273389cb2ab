package dev.parley.trainer.recipe.ppo;

import dev.parley.model.LanguageModel;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.model.decoder.PositionScores;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.experience.Sample;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Log-probabilities and values of an update's samples under the weights at its beginning.
 *
 * <p>If the first optimizer step takes all samples at once, it begins at these very weights: the
 * passes then stay open, and that step goes back through them instead of running forward again.
 */
final class Evaluation implements AutoCloseable {

  private final float[][] logProbs;
  private final float[][] values;
  private Optional<Open> open = Optional.empty();

  /**
   * Passes that can still be gone back through. The critic's was opened last and is closed first.
   *
   * @param rows the samples in the order in which they are packed
   * @param packed their tokens
   * @param actor the policy's pass
   * @param critic the critic's pass; the policy's if they share a trunk
   */
  record Open(List<Integer> rows, PackedBatch packed, ForwardPass actor, ForwardPass critic)
      implements AutoCloseable {
    @Override
    public void close() {
      if (critic != actor) {
        critic.close();
      }
      actor.close();
    }
  }

  private Evaluation(int samples) {
    this.logProbs = new float[samples][];
    this.values = new float[samples][];
  }

  /**
   * Evaluates.
   *
   * @param samples the update's answers
   * @param policy the policy
   * @param critic gives values; the policy itself if they share a trunk
   * @param learning whether both models learn; if not, no pass stays open
   * @param config the settings
   */
  static Evaluation of(
      List<Sample> samples,
      LanguageModel policy,
      LanguageModel critic,
      boolean learning,
      PpoConfig config) {
    Evaluation evaluation = new Evaluation(samples.size());
    List<LearningSequence> sequences = samples.stream().map(Sample::sequence).toList();
    int[] lengths = sequences.stream().mapToInt(s -> s.tokens().length).toArray();
    int budget = config.engine().microBatchTokens();
    List<List<Integer>> batches = PackedBatch.split(lengths, budget);
    long tokensKept = Arrays.stream(lengths).asLongStream().sum() * (critic == policy ? 1 : 2);
    boolean keep =
        learning && config.ppo().minibatches() == 1 && batches.size() == 1 && tokensKept <= budget;
    for (List<Integer> rows : batches) {
      PackedBatch packed = PackedBatch.of(rows.stream().map(sequences::get).toList());
      float[] temperatures = Experience.temperatures(rows.stream().map(samples::get).toList());
      if (keep) {
        evaluation.keep(rows, packed, temperatures, policy, critic);
      } else {
        evaluation.score(rows, packed, temperatures, policy, critic);
      }
    }
    return evaluation;
  }

  private void keep(
      List<Integer> rows,
      PackedBatch packed,
      float[] temperatures,
      LanguageModel policy,
      LanguageModel critic) {
    ForwardPass actorPass = policy.forward(packed.batch(), packed.predictors(), temperatures);
    ForwardPass criticPass = actorPass;
    if (critic != policy) {
      try {
        criticPass = critic.forward(packed.batch(), packed.predictors(), new float[0]);
      } catch (RuntimeException e) {
        actorPass.close();
        throw e;
      }
    }
    open = Optional.of(new Open(rows, packed, actorPass, criticPass));
    spread(rows, packed, actorPass.logProbs().toFloatArray(), criticPass.scalars().toFloatArray());
  }

  private void score(
      List<Integer> rows,
      PackedBatch packed,
      float[] temperatures,
      LanguageModel policy,
      LanguageModel critic) {
    PositionScores fromPolicy = policy.scores(packed.batch(), packed.predictors(), temperatures);
    PositionScores fromCritic =
        critic == policy
            ? fromPolicy
            : critic.scores(packed.batch(), packed.predictors(), new float[0]);
    spread(rows, packed, fromPolicy.logProbs(), fromCritic.scalars());
  }

  private void spread(
      List<Integer> rows, PackedBatch packed, float[] flatLogProbs, float[] flatValues) {
    int from = 0;
    for (int i = 0; i < rows.size(); i++) {
      int to = from + packed.rowCounts()[i];
      logProbs[rows.get(i)] = Arrays.copyOfRange(flatLogProbs, from, to);
      values[rows.get(i)] = Arrays.copyOfRange(flatValues, from, to);
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

  /** Hands the open passes over, once: the caller closes them. */
  Optional<Open> takeOpen() {
    Optional<Open> taken = open;
    open = Optional.empty();
    return taken;
  }

  @Override
  public void close() {
    takeOpen().ifPresent(Open::close);
  }
}
