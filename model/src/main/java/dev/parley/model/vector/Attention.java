package dev.parley.model.vector;

import dev.parley.model.decoder.DecoderShape;
import java.util.Arrays;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Attention of one query over a row's pages: softmax(q · K × scale) V. Each member of a crew has
 * one of its own, for the room that it works in.
 */
final class Attention {

  private static final int GROUP = 4;

  private final DecoderShape shape;
  private final int headDim;
  private final int paddedHeadDim;
  private final float[] mixed;
  private final int[] windows;
  private float[] scores = new float[0];

  Attention(DecoderShape shape) {
    this.shape = shape;
    this.headDim = shape.headDim();
    this.paddedHeadDim = Lanes.padded(headDim);
    this.mixed = new float[paddedHeadDim];
    this.windows = IntStream.range(0, shape.layers()).map(shape.scores()::window).toArray();
  }

  /**
   * Attends for one head of one token, whose own key and value are in the row's pages already.
   *
   * @param queries holds the head's query from {@code at} on
   * @param row the token's row
   * @param position the token's position in it
   * @param layer which layer
   * @param head which head of keys and values
   * @param out takes the result: element d goes to {@code to + d * step}
   */
  void attend(
      float[] queries,
      int at,
      PagedRow row,
      int position,
      int layer,
      int head,
      float[] out,
      int to,
      int step) {
    int window = windows[layer];
    int first = window == 0 ? 0 : Math.max(0, position + 1 - window);
    int firstPage = first / Page.TOKENS;
    int endPage = position / Page.TOKENS + 1;
    int size = (endPage - firstPage) * Page.TOKENS;
    if (scores.length < size) {
      scores = new float[Math.max(size, 2 * scores.length)];
    }
    for (int p = firstPage; p < endPage; p++) {
      float[] keys = row.pages().get(p).keys(layer);
      score(queries, at, keys, head * headDim * Page.TOKENS, (p - firstPage) * Page.TOKENS);
    }
    if (shape.scores().cap() != 0) {
      cap(size, (float) shape.scores().cap());
    }
    int begin = first - firstPage * Page.TOKENS;
    int end = position + 1 - firstPage * Page.TOKENS;
    Arrays.fill(scores, 0, begin, Float.NEGATIVE_INFINITY);
    Arrays.fill(scores, end, size, Float.NEGATIVE_INFINITY);
    float total = softmaxNumerators(size);
    Arrays.fill(mixed, 0);
    for (int p = firstPage; p < endPage; p++) {
      float[] values = row.pages().get(p).values(layer);
      int here = (p - firstPage) * Page.TOKENS;
      mix(
          values,
          head * Page.TOKENS * paddedHeadDim,
          here,
          Math.max(begin - here, 0),
          Math.min(end - here, Page.TOKENS));
    }
    for (int d = 0; d < paddedHeadDim; d += Lanes.COUNT) {
      FloatVector.fromArray(Lanes.FLOATS, mixed, d).div(total).intoArray(mixed, d);
    }
    for (int d = 0; d < headDim; d++) {
      out[to + d * step] = mixed[d];
    }
  }

  /** Scores of a query with all keys of a page, scaled. */
  private void score(float[] queries, int at, float[] keys, int from, int to) {
    int t = 0;
    for (; t + GROUP * Lanes.COUNT <= Page.TOKENS; t += GROUP * Lanes.COUNT) {
      scoreFourVectors(queries, at, keys, from + t, to + t);
    }
    for (; t < Page.TOKENS; t += 2 * Lanes.COUNT) {
      scoreTwoVectors(queries, at, keys, from + t, to + t);
    }
  }

  private void scoreFourVectors(float[] queries, int at, float[] keys, int from, int to) {
    FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum1 = sum0;
    FloatVector sum2 = sum0;
    FloatVector sum3 = sum0;
    for (int d = 0; d < headDim; d++) {
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, queries[at + d]);
      int key = from + d * Page.TOKENS;
      sum0 = FloatVector.fromArray(Lanes.FLOATS, keys, key).fma(factor, sum0);
      sum1 = FloatVector.fromArray(Lanes.FLOATS, keys, key + Lanes.COUNT).fma(factor, sum1);
      sum2 = FloatVector.fromArray(Lanes.FLOATS, keys, key + 2 * Lanes.COUNT).fma(factor, sum2);
      sum3 = FloatVector.fromArray(Lanes.FLOATS, keys, key + 3 * Lanes.COUNT).fma(factor, sum3);
    }
    float scale = (float) shape.scores().scale();
    sum0.mul(scale).intoArray(scores, to);
    sum1.mul(scale).intoArray(scores, to + Lanes.COUNT);
    sum2.mul(scale).intoArray(scores, to + 2 * Lanes.COUNT);
    sum3.mul(scale).intoArray(scores, to + 3 * Lanes.COUNT);
  }

  private void scoreTwoVectors(float[] queries, int at, float[] keys, int from, int to) {
    FloatVector sum0 = FloatVector.zero(Lanes.FLOATS);
    FloatVector sum1 = sum0;
    for (int d = 0; d < headDim; d++) {
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, queries[at + d]);
      int key = from + d * Page.TOKENS;
      sum0 = FloatVector.fromArray(Lanes.FLOATS, keys, key).fma(factor, sum0);
      sum1 = FloatVector.fromArray(Lanes.FLOATS, keys, key + Lanes.COUNT).fma(factor, sum1);
    }
    float scale = (float) shape.scores().scale();
    sum0.mul(scale).intoArray(scores, to);
    sum1.mul(scale).intoArray(scores, to + Lanes.COUNT);
  }

  /** Scores s become c tanh(s / c). */
  private void cap(int size, float cap) {
    for (int i = 0; i < size; i += Lanes.COUNT) {
      FloatVector s = FloatVector.fromArray(Lanes.FLOATS, scores, i);
      Functions.tanh(s.div(cap)).mul(cap).intoArray(scores, i);
    }
  }

  /** Scores s become exp(s − max); returns their sum. */
  private float softmaxNumerators(int size) {
    FloatVector most = FloatVector.broadcast(Lanes.FLOATS, Float.NEGATIVE_INFINITY);
    for (int i = 0; i < size; i += Lanes.COUNT) {
      most = most.max(FloatVector.fromArray(Lanes.FLOATS, scores, i));
    }
    float max = most.reduceLanes(VectorOperators.MAX);
    FloatVector sums = FloatVector.zero(Lanes.FLOATS);
    for (int i = 0; i < size; i += Lanes.COUNT) {
      FloatVector e = Functions.exp(FloatVector.fromArray(Lanes.FLOATS, scores, i).sub(max));
      e.intoArray(scores, i);
      sums = sums.add(e);
    }
    return Lanes.sum(sums);
  }

  /** Adds a page's values, weighted by the scores from {@code at} on. */
  private void mix(float[] values, int from, int at, int begin, int end) {
    int d = 0;
    for (; d + GROUP * Lanes.COUNT <= paddedHeadDim; d += GROUP * Lanes.COUNT) {
      mixFourVectors(values, from + d, at, begin, end, d);
    }
    for (; d + 2 * Lanes.COUNT <= paddedHeadDim; d += 2 * Lanes.COUNT) {
      mixTwoVectors(values, from + d, at, begin, end, d);
    }
    for (; d < paddedHeadDim; d += Lanes.COUNT) {
      FloatVector sum = FloatVector.fromArray(Lanes.FLOATS, mixed, d);
      for (int t = begin; t < end; t++) {
        FloatVector value =
            FloatVector.fromArray(Lanes.FLOATS, values, from + t * paddedHeadDim + d);
        sum = value.fma(FloatVector.broadcast(Lanes.FLOATS, scores[at + t]), sum);
      }
      sum.intoArray(mixed, d);
    }
  }

  private void mixTwoVectors(float[] values, int from, int at, int begin, int end, int d) {
    FloatVector sum0 = FloatVector.fromArray(Lanes.FLOATS, mixed, d);
    FloatVector sum1 = FloatVector.fromArray(Lanes.FLOATS, mixed, d + Lanes.COUNT);
    for (int t = begin; t < end; t++) {
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, scores[at + t]);
      int value = from + t * paddedHeadDim;
      sum0 = FloatVector.fromArray(Lanes.FLOATS, values, value).fma(factor, sum0);
      sum1 = FloatVector.fromArray(Lanes.FLOATS, values, value + Lanes.COUNT).fma(factor, sum1);
    }
    sum0.intoArray(mixed, d);
    sum1.intoArray(mixed, d + Lanes.COUNT);
  }

  private void mixFourVectors(float[] values, int from, int at, int begin, int end, int d) {
    FloatVector sum0 = FloatVector.fromArray(Lanes.FLOATS, mixed, d);
    FloatVector sum1 = FloatVector.fromArray(Lanes.FLOATS, mixed, d + Lanes.COUNT);
    FloatVector sum2 = FloatVector.fromArray(Lanes.FLOATS, mixed, d + 2 * Lanes.COUNT);
    FloatVector sum3 = FloatVector.fromArray(Lanes.FLOATS, mixed, d + 3 * Lanes.COUNT);
    for (int t = begin; t < end; t++) {
      FloatVector factor = FloatVector.broadcast(Lanes.FLOATS, scores[at + t]);
      int value = from + t * paddedHeadDim;
      sum0 = FloatVector.fromArray(Lanes.FLOATS, values, value).fma(factor, sum0);
      sum1 = FloatVector.fromArray(Lanes.FLOATS, values, value + Lanes.COUNT).fma(factor, sum1);
      sum2 = FloatVector.fromArray(Lanes.FLOATS, values, value + 2 * Lanes.COUNT).fma(factor, sum2);
      sum3 = FloatVector.fromArray(Lanes.FLOATS, values, value + 3 * Lanes.COUNT).fma(factor, sum3);
    }
    sum0.intoArray(mixed, d);
    sum1.intoArray(mixed, d + Lanes.COUNT);
    sum2.intoArray(mixed, d + 2 * Lanes.COUNT);
    sum3.intoArray(mixed, d + 3 * Lanes.COUNT);
  }
}
