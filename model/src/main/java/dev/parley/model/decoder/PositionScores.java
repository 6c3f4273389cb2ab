package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;

/**
 * What a model says at M chosen positions.
 *
 * @param logProbs log p(next token) in nats, {@code [M]}; empty without a language head
 * @param scalars the scalar head's K numbers of each position, {@code [M·K]}; empty without one
 */
public record PositionScores(float[] logProbs, float[] scalars) {

  /**
   * Runs the decoder and its heads without gradients.
   *
   * @param manager parent of the memory used
   * @param decoder the decoder
   * @param network its weights
   * @param batch N tokens
   * @param positions M indices among the N tokens. At each, the language head is asked for the
   *     token that follows, and the scalar head for its number
   * @param temperatures M divisors of the logits, or empty for 1 everywhere
   * @throws IllegalArgumentException if the batch holds a token that the model does not have, a
   *     position has no token or none that follows, or temperatures are not M or not positive
   */
  public static PositionScores of(
      NDManager manager,
      Decoder decoder,
      Network network,
      TokenBatch batch,
      int[] positions,
      float[] temperatures) {
    return of(manager, decoder, network, batch, positions, temperatures, Head.CHUNK_LOGITS);
  }

  /** As the public method, with at most so many logits at a time (but those of one token). */
  static PositionScores of(
      NDManager manager,
      Decoder decoder,
      Network network,
      TokenBatch batch,
      int[] positions,
      float[] temperatures,
      long chunkLogits) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray inverseTemperature = Positions.inverse(scope, positions, temperatures);
      NDArray hidden = decoder.hidden(scope, batch, positions, network);
      float[] logProbs = {};
      float[] scalars = {};
      if (network.heads().language()) {
        NDArray targets = scope.create(Positions.targets(batch, positions));
        logProbs =
            Head.targetLogProbs(
                    scope,
                    hidden,
                    network.languageHead(),
                    targets,
                    inverseTemperature,
                    network.shape().logitCap(),
                    chunkLogits)
                .toFloatArray();
      }
      if (network.heads().scalar().isPresent()) {
        scalars =
            Head.scalars(scope, hidden, network.scalarWeight(), network.scalarBias())
                .toFloatArray();
      }
      return new PositionScores(logProbs, scalars);
    }
  }
}
