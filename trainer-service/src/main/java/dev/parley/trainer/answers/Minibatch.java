package dev.parley.trainer.answers;

import ai.djl.ndarray.NDArray;
import dev.parley.model.decoder.ForwardPass;
import dev.parley.trainer.experience.LearningSequence;
import dev.parley.trainer.experience.PackedBatch;
import dev.parley.trainer.loss.GlobalCounts;
import dev.parley.trainer.loss.Metrics;
import dev.parley.trainer.loss.PackedRows;
import dev.parley.trainer.optimization.Work;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The answers that an optimizer step learns from. Each part of them goes through the models once,
 * or not at all where the evaluation's passes are still open. Losses are divided by the counts of
 * the whole minibatch, so how it is split into parts changes nothing.
 */
public final class Minibatch implements Work<Metrics> {

  private final Evaluation evaluation;
  private final List<Integer> answers;
  private final List<LearningSequence> sequences;
  private final GlobalCounts counts;
  private final Learning learning;

  /** What a recipe does with a part of the answers. */
  public interface Learning {

    /**
     * Goes back through the models' passes, and closes those that it took.
     *
     * @param part some of the answers
     * @param worker its number, which says where gradients are added
     * @return what was measured
     */
    Metrics learn(Part part, int worker);
  }

  /**
   * Some of the answers: R rows of N action tokens.
   *
   * @param answers which of the update's
   * @param rows where each ends among the tokens
   * @param counts of the whole minibatch
   * @param policy gives the policy's pass over them
   * @param critic gives the critic's, if that is a model of its own
   */
  public record Part(
      List<Integer> answers,
      PackedRows rows,
      GlobalCounts counts,
      Supplier<ForwardPass> policy,
      Supplier<ForwardPass> critic) {

    /** Returns numbers of these answers' tokens {@code [N]}, out of all answers' {@code [B][T]}. */
    public NDArray array(ForwardPass pass, float[][] perToken) {
      return pass.scope().create(PerToken.flatten(perToken, answers));
    }
  }

  /**
   * Prepares a step.
   *
   * @param evaluation may hold open passes over all of the update's answers at the present weights,
   *     which are used up
   * @param answers which of them
   * @param learning what is done with each part
   */
  public Minibatch(Evaluation evaluation, List<Integer> answers, Learning learning) {
    this.evaluation = evaluation;
    // In the order in which they were evaluated, so that open passes are found again.
    this.answers = answers.stream().sorted().toList();
    this.sequences = this.answers.stream().map(evaluation::sequence).toList();
    this.counts =
        new GlobalCounts(
            sequences.stream().mapToLong(LearningSequence::count).sum(),
            answers.size(),
            evaluation.longestAnswer());
    this.learning = learning;
  }

  @Override
  public int[] lengths() {
    return PackedBatch.lengths(sequences);
  }

  @Override
  public void release() {
    evaluation.release();
  }

  @Override
  public Metrics run(List<Integer> rows, int worker) {
    List<Integer> own = rows.stream().map(answers::get).toList();
    Optional<Evaluation.Open> open = evaluation.take(own);
    if (open.isPresent()) {
      try (Evaluation.Open here = open.get()) {
        return learning.learn(part(own, here.packed(), here::actor, here::critic), worker);
      }
    }
    PackedBatch packed = evaluation.pack(own);
    return learning.learn(
        part(
            own,
            packed,
            () -> evaluation.policyPass(own, packed),
            () -> evaluation.criticPass(packed)),
        worker);
  }

  private Part part(
      List<Integer> own,
      PackedBatch packed,
      Supplier<ForwardPass> policy,
      Supplier<ForwardPass> critic) {
    return new Part(own, PackedRows.ofLengths(packed.rowCounts()), counts, policy, critic);
  }
}
