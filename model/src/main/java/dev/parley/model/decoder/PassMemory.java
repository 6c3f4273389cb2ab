package dev.parley.model.decoder;

import dev.parley.model.torchscript.Precision;
import dev.parley.model.weights.Slot;
import java.util.List;

/**
 * How much memory a {@link ForwardPass} and its way back take, counted from the arrays that {@code
 * decoder.torchscript} and {@code head.torchscript} make. Numbers per token that do not grow with
 * the model, such as positions and deviations, are left out.
 *
 * @param shape of the decoder
 * @param heads on top of it
 * @param slots of all weights ({@link Heads#slots})
 * @param options what the pass keeps
 * @param precision of weights and activations
 */
public record PassMemory(
    DecoderShape shape, Heads heads, List<Slot> slots, PassOptions options, Precision precision) {

  /** Queries of a block of attention: {@code queries_at_once} in decoder.torchscript. */
  private static final long QUERIES_AT_ONCE = 256;

  /** Places of norms among a layer's slots. */
  private static final int HEAD_NORM = 12;

  private static final int POST_NORM = 14;

  /**
   * What goes through the model.
   *
   * @param tokens N, of all rows
   * @param chosen M of them, at which the heads are asked
   * @param longest tokens of the longest row
   */
  public record Size(long tokens, long chosen, long longest) {}

  /** Returns the bytes that are kept between forward and backward. */
  public long kept(Size size) {
    return angles(size) + keptByLayers(size) + keptByHead(size);
  }

  /** Cosines and sines of each token. */
  private long angles(Size size) {
    return shape.rotary().present() ? 2 * size.tokens * shape.headDim() * bytes() : 0;
  }

  private long keptByLayers(Size size) {
    long learning = shape.layers() - options.frozenLayers();
    if (learning == 0) {
      return 0;
    }
    long inputs = learning * size.tokens * shape.hidden() * bytes();
    if (options.recompute()) {
      return inputs;
    }
    long last = inside(size.tokens, size.chosen, size.longest);
    return inputs + (learning - 1) * inside(size) + last;
  }

  private long keptByHead(Size size) {
    // The last layer's output, and the same normed.
    long hidden = 2 * size.chosen * shape.hidden() * bytes();
    return hidden + (keepsLogProbs(size) ? size.chosen * shape.vocabulary() * Float.BYTES : 0);
  }

  private boolean keepsLogProbs(Size size) {
    return heads.language() && Head.keeps(size.chosen, shape.vocabulary(), !options.recompute());
  }

  private long inside(Size size) {
    return inside(size.tokens, size.tokens, size.longest);
  }

  /** What a layer makes for its gradient beside its input, its second half for some tokens only. */
  private long inside(long tokens, long finished, long longest) {
    // normed, queries, keys and values, attention's weights if it works in one block
    long weights = longest <= QUERIES_AT_ONCE ? shape.heads() * longest : 0;
    long attention = shape.hidden() + queriesKeysValues() + weights;
    // what the norm of each head's queries and keys took
    attention += has(HEAD_NORM) ? queriesKeysValues() : 0;
    // attention's output, the stream in between, normed, up (and gate), inner
    long rest = queries() + 2L * shape.hidden() + (shape.gated() ? 3L : 2L) * shape.feedForward();
    // what the norms behind attention and behind the feed-forward took
    rest += has(POST_NORM) ? 2L * shape.hidden() : 0;
    return (tokens * attention + finished * rest) * bytes();
  }

  private boolean has(int slot) {
    return slots.get(DecoderLayout.GLOBAL_SLOTS + slot).present();
  }

  private long queries() {
    return (long) shape.heads() * shape.headDim();
  }

  private long queriesKeysValues() {
    return queries() + 2L * shape.keyValueHeads() * shape.headDim();
  }

  /** Returns the most bytes beside {@link #kept} that are in use for a moment. */
  public long working(Size size) {
    boolean again = options.recompute() || options.frozenLayers() == shape.layers();
    long layer = back(size) + (again ? inside(size) : 0);
    return Math.max(layer, (keepsLogProbs(size) ? 1 : 2) * chunk(size)) + widening();
  }

  /** Returns the bytes that a layer takes and gives back, on the way there and on the way back. */
  public long layer(Size size) {
    return inside(size) + back(size);
  }

  /** On the way back through a layer. */
  private long back(Size size) {
    long d = shape.hidden();
    // d, d of inner, of up and gate, and two products in between
    long feed = d + 5L * shape.feedForward();
    // d, d at attention's output, the same by heads, d of queries, keys and values, the same by
    // tokens; attention's weights, their d before and behind the softmax
    long seen = shape.heads() * Math.min(size.longest, QUERIES_AT_ONCE);
    long attention = d + 2 * queries() + 2 * queriesKeysValues() + 3 * seen;
    long back = size.tokens * Math.max(feed, attention) * bytes();
    // norms compute in single precision: x, n, d, w d, d n
    long norm = size.tokens * 5 * d * Float.BYTES;
    return Math.max(back, norm);
  }

  /** Returns the bytes of a chunk of tokens' logits in the language head. */
  public long chunk(Size size) {
    if (!heads.language()) {
      return 0;
    }
    long tokens = Math.min(size.chosen, Head.chunk(shape.vocabulary(), Head.CHUNK_LOGITS));
    return tokens * shape.vocabulary() * Float.BYTES;
  }

  /** In bfloat16, the gradient of a matrix is made before it is added to the sum. */
  private long widening() {
    if (precision == Precision.FLOAT32) {
      return 0;
    }
    long table = heads.language() ? shape.vocabulary() : 0;
    return Math.max(table, 2L * shape.feedForward()) * shape.hidden() * bytes();
  }

  private int bytes() {
    return precision.bytes();
  }
}
