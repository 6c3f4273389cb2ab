package dev.parley.model.decoder;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.torchscript.Autograd;
import dev.parley.model.torchscript.Tensors;
import dev.parley.model.weights.Weights;

/**
 * One forward pass whose gradient is wanted.
 *
 * <p>It ends in small leaf arrays, one number per chosen position. A loss is written over these
 * with NDArray operations, whose gradient libtorch derives; {@link #backward} takes it from the
 * leaves through the heads and the decoder, whose gradients are written out by hand.
 */
public final class ForwardPass implements AutoCloseable {

  private final Autograd.Scope recording;
  private final NDManager scope;
  private final Network network;
  private final long chunkLogits;
  private final DecoderPass pass;
  private final NDArray targets;
  private final NDArray inverseTemperature;
  private final Head.TokenScores scores;
  private final NDArray logProbs;
  private final NDArray entropies;
  private final NDArray scalars;

  /**
   * Runs the decoder and its heads.
   *
   * @param manager parent of the pass's memory
   * @param decoder the decoder
   * @param network its weights, which require gradients
   * @param batch N tokens
   * @param positions M indices among the N tokens. At each, the language head is asked for the
   *     token that follows, and the scalar head for its number
   * @param temperatures M divisors of the logits, or empty for 1 everywhere
   * @param options what is kept, and how far back gradients go
   * @param dropout of what adapters read
   * @throws IllegalArgumentException if the batch holds a token that the model does not have, a
   *     position has no token or none that follows, or temperatures are not M or not positive
   */
  public ForwardPass(
      NDManager manager,
      Decoder decoder,
      Network network,
      TokenBatch batch,
      int[] positions,
      float[] temperatures,
      PassOptions options,
      Dropout dropout) {
    this(
        manager,
        decoder,
        network,
        batch,
        positions,
        temperatures,
        options,
        dropout,
        Head.CHUNK_LOGITS);
  }

  /** As the public constructor, with at most so many logits at a time (but those of one token). */
  ForwardPass(
      NDManager manager,
      Decoder decoder,
      Network network,
      TokenBatch batch,
      int[] positions,
      float[] temperatures,
      PassOptions options,
      Dropout dropout,
      long chunkLogits) {
    this.network = network;
    this.chunkLogits = chunkLogits;
    this.recording = Autograd.on();
    this.scope = manager.newSubManager();
    try {
      this.inverseTemperature = Positions.inverse(scope, positions, temperatures);
      this.pass = decoder.pass(scope, batch, positions, network, options, dropout);
      NDArray hidden = pass.hidden();
      if (network.heads().language()) {
        this.targets = scope.create(Positions.targets(batch, positions));
        this.scores =
            Head.tokenScores(
                scope,
                hidden,
                network.languageHead(),
                targets,
                inverseTemperature,
                network.shape().logitCap(),
                chunkLogits,
                !options.recompute());
        this.logProbs = leaf(scores.logProbs());
        this.entropies = leaf(scores.entropies());
      } else {
        this.targets = null;
        this.scores = null;
        this.logProbs = null;
        this.entropies = null;
      }
      this.scalars =
          network.heads().scalar().isPresent()
              ? leaf(Head.scalars(scope, hidden, network.scalarWeight(), network.scalarBias()))
              : null;
    } catch (RuntimeException | OutOfMemoryError e) {
      close();
      throw e;
    }
  }

  private NDArray leaf(NDArray array) {
    NDArray leaf = Tensors.leaf(scope, array);
    leaf.setRequiresGradient(true);
    return leaf;
  }

  /** Returns the memory of the pass, which a loss may use: it is freed by {@link #close}. */
  public NDManager scope() {
    return scope;
  }

  /** Returns log p(next token) in nats, {@code [M]}. */
  public NDArray logProbs() {
    return present(logProbs, "language");
  }

  /** Returns the entropy of the next token's distribution in nats, {@code [M]}. */
  public NDArray entropies() {
    return present(entropies, "language");
  }

  /** Returns the scalar head's K numbers of each position, {@code [M·K]}. */
  public NDArray scalars() {
    return present(scalars, "scalar");
  }

  private static NDArray present(NDArray array, String head) {
    if (array == null) {
      throw new IllegalStateException("the model has no " + head + " head");
    }
    return array;
  }

  /**
   * Back-propagates a loss, adding to the gradients of all parameters that learn. The pass is used
   * up.
   *
   * @param loss a scalar made of {@link #logProbs}, {@link #entropies} and {@link #scalars}
   * @param gradients buffers in the layout of the weights that learn; those of frozen ones may be
   *     absent
   */
  public void backward(NDArray loss, Weights gradients) {
    Autograd.backward(loss);
    propagate(gradients);
  }

  /**
   * Back-propagates a loss into the heads alone, as if the hidden states were constants. The pass
   * is used up.
   *
   * @param loss a scalar made of the leaves
   * @param gradients buffers in the layout of the weights that learn; those of tied embeddings hold
   *     the language head's gradient
   */
  public void backwardHeads(NDArray loss, Weights gradients) {
    Autograd.backward(loss);
    heads(network.gradients(scope, gradients));
  }

  /**
   * Takes the gradients that have reached the leaves on to the parameters. Needed by itself where
   * one loss is written over the leaves of several models: {@link #backward} is called on the first
   * pass, this on the others. The pass is used up.
   *
   * @param gradients buffers in the layout of the weights that learn
   */
  public void propagate(Weights gradients) {
    Network into = network.gradients(scope, gradients);
    pass.backward(heads(into), into);
  }

  /** Adds the heads' gradients, and returns the gradient at the hidden states, {@code [M, D]}. */
  private NDArray heads(Network into) {
    NDArray hidden = pass.hidden();
    NDArray gradient = null;
    if (scores != null && (Autograd.reached(logProbs) || Autograd.reached(entropies))) {
      gradient =
          Head.tokenScoresBackward(
              scope,
              hidden,
              network.languageHead(),
              targets,
              inverseTemperature,
              network.shape().logitCap(),
              scores,
              Autograd.gradient(logProbs),
              Autograd.reached(entropies) ? Autograd.gradient(entropies) : Head.none(scope),
              into.languageHead(),
              chunkLogits);
    }
    if (scalars != null && Autograd.reached(scalars)) {
      NDArray fromScalars =
          Head.scalarsBackward(
              scope,
              hidden,
              network.scalarWeight(),
              Autograd.gradient(scalars),
              into.scalarWeight(),
              into.scalarBias());
      gradient = gradient == null ? fromScalars : gradient.add(fromScalars);
    }
    if (gradient == null) {
      throw new IllegalStateException("the loss depends on none of the pass's leaves");
    }
    return gradient;
  }

  @Override
  public void close() {
    scope.close();
    recording.close();
  }
}
