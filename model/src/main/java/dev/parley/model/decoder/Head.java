package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.Program;
import java.util.List;

/**
 * Runs the heads' program ({@code head.torchscript}): hidden states to log-probabilities of given
 * tokens or to scalars, and the gradients back. Tokens go through the language head in chunks.
 */
final class Head {

  private static final Program PROGRAM = Program.load(Head.class, "head.torchscript");

  /** Logits that one chunk of tokens may hold: 32 MB in single precision. */
  static final long CHUNK_LOGITS = 1 << 23;

  /**
   * Log-probabilities that may be kept for the gradient: 512 MB in single precision. Where there
   * are more, they are computed again.
   */
  private static final long KEPT_LOGITS = 1 << 27;

  private Head() {}

  /**
   * What the language head says.
   *
   * @param logProbs of the targets {@code [N]}
   * @param entropies {@code [N]}
   * @param kept the log-probabilities of all tokens, chunk by chunk; one empty array if they were
   *     not kept
   */
  record TokenScores(NDArray logProbs, NDArray entropies, List<NDArray> kept) {}

  /** Returns how many tokens make a chunk. */
  static long chunk(long vocabulary, long chunkLogits) {
    return Math.max(1, chunkLogits / vocabulary);
  }

  private static long chunk(NDArray head, long chunkLogits) {
    return chunk(head.getShape().get(0), chunkLogits);
  }

  /** Returns whether a pass keeps the log-probabilities of all tokens for its gradient. */
  static boolean keeps(long tokens, long vocabulary, boolean mayKeep) {
    return mayKeep && tokens * vocabulary <= KEPT_LOGITS;
  }

  static NDArray logits(NDManager scope, NDArray hidden, NDArray head, double cap) {
    return PROGRAM.run(scope, "logits", hidden, head, cap).get(0);
  }

  /** Returns the log-probabilities of the targets, {@code [N]}. */
  static NDArray targetLogProbs(
      NDManager scope,
      NDArray hidden,
      NDArray head,
      NDArray targets,
      NDArray inverseTemperature,
      double cap,
      long chunkLogits) {
    long chunk = chunk(head, chunkLogits);
    return PROGRAM
        .run(scope, "target_log_probs", hidden, head, targets, inverseTemperature, cap, chunk)
        .get(0);
  }

  /** Says all that can be learnt from, keeping for the gradient what may be kept. */
  static TokenScores tokenScores(
      NDManager scope,
      NDArray hidden,
      NDArray head,
      NDArray targets,
      NDArray inverseTemperature,
      double cap,
      long chunkLogits,
      boolean mayKeep) {
    boolean keep = keeps(targets.size(), head.getShape().get(0), mayKeep);
    long chunk = chunk(head, chunkLogits);
    List<NDArray> results =
        PROGRAM.run(
            scope, "log_probs", hidden, head, targets, inverseTemperature, cap, chunk, keep);
    List<NDArray> kept = keep ? results.subList(2, results.size()) : List.of(none(scope));
    return new TokenScores(results.get(0), results.get(1), kept);
  }

  static NDArray tokenScoresBackward(
      NDManager scope,
      NDArray hidden,
      NDArray head,
      NDArray targets,
      NDArray inverseTemperature,
      double cap,
      TokenScores scores,
      NDArray logProbGradient,
      NDArray entropyGradient,
      NDArray headGradient,
      long chunkLogits) {
    return PROGRAM
        .run(
            scope,
            "backward",
            hidden,
            head,
            targets,
            inverseTemperature,
            cap,
            scores.entropies(),
            scores.kept(),
            logProbGradient,
            entropyGradient,
            headGradient,
            chunk(head, chunkLogits))
        .get(0);
  }

  static NDArray scalars(NDManager scope, NDArray hidden, NDArray weight, NDArray bias) {
    return PROGRAM.run(scope, "scalars", hidden, weight, bias).get(0);
  }

  static NDArray scalarsBackward(
      NDManager scope,
      NDArray hidden,
      NDArray weight,
      NDArray gradient,
      NDArray weightGradient,
      NDArray biasGradient) {
    return PROGRAM
        .run(scope, "scalars_backward", hidden, weight, gradient, weightGradient, biasGradient)
        .get(0);
  }

  static NDArray rows(NDManager scope, NDArray hidden, NDArray index) {
    return PROGRAM.run(scope, "rows", hidden, index).get(0);
  }

  static NDArray scatterRows(NDManager scope, NDArray like, NDArray index, NDArray gradient) {
    return PROGRAM.run(scope, "scatter_rows", like, index, gradient).get(0);
  }

  /** Returns an empty array: "not there" in the programs' language. */
  static NDArray none(NDManager scope) {
    return scope.create(new float[0]);
  }
}
