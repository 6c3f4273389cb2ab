package dev.parley.model.vector;

import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoding.Draw;
import dev.parley.model.decoding.Drawn;
import dev.parley.model.vector.Crew.Job;
import java.util.Arrays;
import java.util.List;
import jdk.incubator.vector.FloatVector;

/**
 * The decoder's forward pass over some tokens of several rows, for generation: the same mathematics
 * as {@code decoder.torchscript}, written for few tokens at a time, where a matrix product is bound
 * by reading the weights and a call of the library costs more than its arithmetic.
 *
 * <p>Letters as there: N tokens, D hidden width, H heads, K key/value heads, h head width, F
 * feed-forward width, V vocabulary. All members of the crew run {@link #share}; within a stage they
 * take parts, and every stage ends for all together.
 */
final class VectorDecoder {

  /** Ranges of a stage for each member: enough that a slow member leaves some to the others. */
  private static final int RANGES_PER_MEMBER = 4;

  /** The same where a stage has so many parts that ranges are still long. */
  private static final int MANY_RANGES_PER_MEMBER = 16;

  /** Parts of a range that is long enough for its taking not to matter. */
  private static final int LONG_RANGE = 8;

  private final DecoderShape shape;
  private final VectorWeights weights;
  private final Crew crew;
  private final Normalizer norm;
  private final float[] frequencies;

  /** Used by one step after the other: megabytes that are too many to allocate for each. */
  private float[] logits = new float[0];

  VectorDecoder(DecoderShape shape, VectorWeights weights, Crew crew) {
    this.shape = shape;
    this.weights = weights;
    this.crew = crew;
    this.norm = new Normalizer(shape.norm(), shape.normEpsilon());
    List<Float> inverse = shape.rotary().inverseFrequencies();
    this.frequencies = new float[inverse.size()];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = inverse.get(i);
    }
  }

  /**
   * The tokens of a step.
   *
   * @param embedded {@code [N, D]}, used up
   * @param rows whose tokens they are; a row's tokens stand in order. Its pages have room for them
   * @param positions in their rows
   * @param drawAfter indices of the tokens after which one is drawn
   * @param draws how, in the same order
   */
  record Tokens(
      float[] embedded, PagedRow[] rows, int[] positions, int[] drawAfter, List<Draw> draws) {

    int count() {
      return rows.length;
    }
  }

  /** Reads tokens into their rows' pages, and draws. */
  List<Drawn> step(Tokens tokens) {
    Step step = new Step(tokens);
    crew.run(step::share);
    return Arrays.asList(step.drawn);
  }

  /**
   * Rows of some numbers each, element by element side by side in blocks, as matrices take them.
   */
  private static final class Blocks {
    private final float[] data;
    private final int width;
    private final int block;

    Blocks(int rows, int width) {
      this.width = width;
      this.block = PackedMatrix.block(rows);
      this.data = new float[padded(rows) * width];
    }

    static int padded(int rows) {
      int block = PackedMatrix.block(rows);
      return (rows + block - 1) / block * block;
    }

    /** Returns where a row's element 0 stands; the next ones are {@link #step} apart. */
    int start(int row) {
      return row / block * block * width + row % block;
    }

    int step() {
      return block;
    }
  }

  /** One step's numbers. */
  private final class Step {

    private final Tokens tokens;
    private final int count;
    private final float[] x;
    private final Blocks normed;
    private final Blocks attended;
    private final Blocks inner;
    private final float[] queriesKeysValues;
    private final float[] gate;
    private final float[] up;
    private final float[] projected;
    private final float[] cos;
    private final float[] sin;
    private final Blocks last;
    private final Drawn[] drawn;

    Step(Tokens tokens) {
      this.tokens = tokens;
      this.count = tokens.count();
      this.x = tokens.embedded();
      VectorWeights.Layer any = weights.layer(0);
      int rows = Blocks.padded(count);
      this.normed = new Blocks(count, shape.hidden());
      this.attended = new Blocks(count, any.output.inputs());
      this.inner = new Blocks(count, shape.feedForward());
      this.queriesKeysValues = new float[rows * any.queryKeyValue.paddedOutputs()];
      this.gate = new float[any.gate == null ? 0 : rows * any.gate.paddedOutputs()];
      this.up = new float[rows * any.up.paddedOutputs()];
      this.projected = new float[rows * any.output.paddedOutputs()];
      this.cos = new float[count * frequencies.length];
      this.sin = new float[cos.length];
      int drawing = tokens.drawAfter().length;
      this.last = new Blocks(drawing, shape.hidden());
      int numbers = Blocks.padded(drawing) * weights.head().paddedOutputs();
      if (logits.length < numbers) {
        logits = new float[numbers];
      }
      this.drawn = new Drawn[drawing];
    }

    /** What every member does. */
    void share(Job job) {
      Attention attention = new Attention(shape);
      tokens(job, this::turningAngles);
      tokens(job, n -> normalize(n, weights.layer(0)));
      for (int i = 0; i < shape.layers(); i++) {
        layer(job, i, attention);
      }
      if (drawn.length > 0) {
        draw(job);
      }
    }

    private void layer(Job job, int index, Attention attention) {
      VectorWeights.Layer layer = weights.layer(index);
      multiply(job, layer.queryKeyValue, normed, count, queriesKeysValues);
      tokens(job, n -> storeKeysAndValues(n, index, layer));
      heads(job, (n, head) -> attend(n, head, index, layer, attention));
      multiply(job, layer.output, attended, count, projected);
      tokens(
          job,
          n -> {
            addProjected(n, layer.outputBias, layer.attentionPostNorm);
            norm.apply(
                x,
                n * shape.hidden(),
                layer.feedForwardNorm,
                layer.feedForwardNormBias,
                normed.data,
                normed.start(n),
                normed.step());
          });
      panels(job, layer.up, (first, end) -> feed(layer, first, end));
      multiply(job, layer.down, inner, count, projected);
      tokens(
          job,
          n -> {
            addProjected(n, layer.downBias, layer.feedForwardPostNorm);
            if (index + 1 < shape.layers()) {
              normalize(n, weights.layer(index + 1));
            }
          });
    }

    /** Computes how far a token's position turns each pair of coordinates. */
    private void turningAngles(int n) {
      for (int i = 0; i < frequencies.length; i++) {
        float angle = tokens.positions()[n] * frequencies[i];
        cos[n * frequencies.length + i] = (float) Math.cos(angle);
        sin[n * frequencies.length + i] = (float) Math.sin(angle);
      }
    }

    private void normalize(int n, VectorWeights.Layer layer) {
      norm.apply(
          x,
          n * shape.hidden(),
          layer.attentionNorm,
          layer.attentionNormBias,
          normed.data,
          normed.start(n),
          normed.step());
    }

    /** Finishes a token's queries, keys and values, and stores the latter two in its page. */
    private void storeKeysAndValues(int n, int index, VectorWeights.Layer layer) {
      int h = shape.headDim();
      int heads = shape.heads();
      int keyHeads = shape.keyValueHeads();
      int at = n * layer.queryKeyValue.paddedOutputs();
      addBias(queriesKeysValues, at, layer.queryKeyValueBias);
      for (int head = 0; head < heads + keyHeads; head++) {
        float[] headNorm = head < heads ? layer.queryNorm : layer.keyNorm;
        int begin = at + head * h;
        if (headNorm.length > 0) {
          norm.apply(queriesKeysValues, begin, headNorm, new float[0], queriesKeysValues, begin, 1);
        }
        turn(n, begin);
      }
      int position = tokens.positions()[n];
      Page page = tokens.rows()[n].pages().get(position / Page.TOKENS);
      int t = position % Page.TOKENS;
      float[] keys = page.keys(index);
      float[] values = page.values(index);
      for (int head = 0; head < keyHeads; head++) {
        int key = at + (heads + head) * h;
        for (int d = 0; d < h; d++) {
          keys[(head * h + d) * Page.TOKENS + t] = queriesKeysValues[key + d];
        }
        int value = key + keyHeads * h;
        int to = (head * Page.TOKENS + t) * Lanes.padded(h);
        System.arraycopy(queriesKeysValues, value, values, to, h);
      }
    }

    private void turn(int n, int begin) {
      int half = frequencies.length;
      for (int i = 0; i < half; i++) {
        float c = cos[n * half + i];
        float s = sin[n * half + i];
        float a = queriesKeysValues[begin + i];
        float b = queriesKeysValues[begin + half + i];
        queriesKeysValues[begin + i] = a * c - b * s;
        queriesKeysValues[begin + half + i] = b * c + a * s;
      }
    }

    private void attend(
        int n, int head, int index, VectorWeights.Layer layer, Attention attention) {
      int h = shape.headDim();
      attention.attend(
          queriesKeysValues,
          n * layer.queryKeyValue.paddedOutputs() + head * h,
          tokens.rows()[n],
          tokens.positions()[n],
          index,
          head / (shape.heads() / shape.keyValueHeads()),
          attended.data,
          attended.start(n) + head * h * attended.step(),
          attended.step());
    }

    /** Adds a token's projection to the stream, after its norm if the layer has one. */
    private void addProjected(int n, float[] bias, float[] postNorm) {
      int hidden = shape.hidden();
      int at = n * weights.layer(0).output.paddedOutputs();
      addBias(projected, at, bias);
      if (postNorm.length > 0) {
        norm.apply(projected, at, postNorm, new float[0], projected, at, 1);
      }
      for (int i = 0; i < hidden; i++) {
        x[n * hidden + i] += projected[at + i];
      }
    }

    private static void addBias(float[] y, int at, float[] bias) {
      for (int i = 0; i < bias.length; i++) {
        y[at + i] += bias[i];
      }
    }

    /** Computes some panels of the feed-forward layer's inner numbers, for all tokens. */
    private void feed(VectorWeights.Layer layer, int first, int end) {
      int stride = layer.up.paddedOutputs();
      layer.up.multiply(normed.data, count, up, stride, first, end);
      if (layer.gate != null) {
        layer.gate.multiply(normed.data, count, gate, stride, first, end);
      }
      int begin = first * Lanes.PANEL;
      int stop = Math.min(end * Lanes.PANEL, shape.feedForward());
      for (int n = 0; n < count; n++) {
        int at = n * stride;
        if (layer.gateAndUpBias.length > 0) {
          for (int i = begin; i < stop; i++) {
            up[at + i] += layer.gateAndUpBias[layer.gateAndUpBias.length - shape.feedForward() + i];
            if (layer.gate != null) {
              gate[at + i] += layer.gateAndUpBias[i];
            }
          }
        }
        activate(layer.gate == null ? up : gate, at + begin, at + end * Lanes.PANEL);
        int to = inner.start(n);
        for (int i = begin; i < stop; i++) {
          float product = layer.gate == null ? up[at + i] : gate[at + i] * up[at + i];
          inner.data[to + i * inner.step()] = product;
        }
      }
    }

    private void activate(float[] y, int begin, int end) {
      for (int i = begin; i < end; i += Lanes.COUNT) {
        FloatVector in = FloatVector.fromArray(Lanes.FLOATS, y, i);
        FloatVector out =
            switch (shape.activation()) {
              case SILU -> Functions.silu(in);
              case GELU_TANH -> Functions.geluTanh(in);
              case GELU -> Functions.gelu(in);
            };
        out.intoArray(y, i);
      }
    }

    /** From the last layer's stream to tokens. */
    private void draw(Job job) {
      int hidden = shape.hidden();
      int stride = weights.head().paddedOutputs();
      parts(
          job,
          drawn.length,
          m ->
              norm.apply(
                  x,
                  tokens.drawAfter()[m] * hidden,
                  weights.finalNorm(),
                  weights.finalNormBias(),
                  last.data,
                  last.start(m),
                  last.step()));
      panels(
          job,
          weights.head(),
          (first, end) -> {
            weights.head().multiply(last.data, drawn.length, logits, stride, first, end);
            if (shape.logitCap() != 0) {
              capLogits(stride, first * Lanes.PANEL, end * Lanes.PANEL);
            }
          });
      TokenSampler sampler = new TokenSampler(shape.vocabulary());
      parts(
          job,
          drawn.length,
          m -> drawn[m] = sampler.draw(logits, m * stride, tokens.draws().get(m)));
    }

    private void capLogits(int stride, int begin, int end) {
      float cap = (float) shape.logitCap();
      for (int m = 0; m < drawn.length; m++) {
        for (int i = m * stride + begin; i < m * stride + end; i += Lanes.COUNT) {
          FloatVector z = FloatVector.fromArray(Lanes.FLOATS, logits, i);
          Functions.tanh(z.div(cap)).mul(cap).intoArray(logits, i);
        }
      }
    }

    private void multiply(Job job, PackedMatrix matrix, Blocks in, int rows, float[] out) {
      panels(
          job,
          matrix,
          (first, end) -> matrix.multiply(in.data, rows, out, matrix.paddedOutputs(), first, end));
    }

    private void tokens(Job job, Part part) {
      parts(job, count, part);
    }

    private void heads(Job job, HeadPart part) {
      int heads = shape.heads();
      parts(job, count * heads, i -> part.compute(i / heads, i % heads));
    }

    private void parts(Job job, int number, Part part) {
      ranges(
          job,
          number,
          (first, end) -> {
            for (int i = first; i < end; i++) {
              part.compute(i);
            }
          });
    }

    private void panels(Job job, PackedMatrix matrix, Range range) {
      ranges(job, matrix.panels(), range);
    }

    /** One stage: this member takes ranges of its parts until none is left. */
    private void ranges(Job job, int number, Range range) {
      int share = number / crew.members();
      int size = share / MANY_RANGES_PER_MEMBER;
      if (size < LONG_RANGE) {
        size = Math.max(1, share / RANGES_PER_MEMBER);
      }
      if (crew.members() == 1) {
        size = number;
      }
      for (int first = job.take(size); first < number; first = job.take(size)) {
        range.compute(first, Math.min(number, first + size));
      }
      job.endStage();
    }
  }

  private interface Part {
    void compute(int index);
  }

  private interface HeadPart {
    void compute(int token, int head);
  }

  private interface Range {
    void compute(int first, int end);
  }
}
