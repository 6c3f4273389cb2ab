package dev.parley.model.vector;

import dev.parley.model.decoder.DecoderShape;

/**
 * Keys and values of {@link #TOKENS} consecutive tokens of a sequence, in all layers. Sequences
 * that begin alike share pages (as in PagedAttention, Kwon et al. 2023, arXiv:2309.06180).
 *
 * <p>Keys lie so that scores of one query with all tokens of a page are sums over whole vectors
 * {@code [K, headDim, TOKENS]}; values so that weighted sums are {@code [K, TOKENS,
 * paddedHeadDim]}.
 */
final class Page {

  /**
   * Tokens of a page: two vectors of the widest processors, four or eight of others. Longer pages
   * leave more room empty at the ends of sequences, and shorter beginnings go unshared.
   */
  static final int TOKENS = 32;

  private final float[][] keys;
  private final float[][] values;

  /** How many rows use it. */
  int holders;

  /** What it holds, if it may be found by that. */
  PrefixIndex.Entry entry;

  Page(DecoderShape shape) {
    int heads = shape.keyValueHeads();
    this.keys = new float[shape.layers()][heads * shape.headDim() * TOKENS];
    this.values = new float[shape.layers()][heads * Lanes.padded(shape.headDim()) * TOKENS];
  }

  /** Returns the bytes of a page. */
  static long bytes(DecoderShape shape) {
    long numbers = shape.headDim() + Lanes.padded(shape.headDim());
    return numbers * shape.keyValueHeads() * shape.layers() * TOKENS * Float.BYTES;
  }

  /** Returns the keys of one layer, {@code [K, headDim, TOKENS]}. */
  float[] keys(int layer) {
    return keys[layer];
  }

  /** Returns the values of one layer, {@code [K, TOKENS, paddedHeadDim]}. */
  float[] values(int layer) {
    return values[layer];
  }

  /** Takes over all that another page holds. */
  void copyFrom(Page other) {
    for (int layer = 0; layer < keys.length; layer++) {
      System.arraycopy(other.keys[layer], 0, keys[layer], 0, keys[layer].length);
      System.arraycopy(other.values[layer], 0, values[layer], 0, values[layer].length);
    }
  }
}
