package dev.parley.model.vector;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.parley.model.decoder.DecoderShape;
import dev.parley.model.decoder.Network;
import dev.parley.model.decoding.WeightFormat;
import dev.parley.model.torchscript.Tensors;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * A decoder's weights in Java arrays, matrices packed. They are copies: {@link #read} takes them
 * anew after the model's own have changed.
 */
final class VectorWeights {

  /** Numbers that a thread packs at once, at least a panel: 4 MB. */
  private static final int BLOCK = 1 << 20;

  private final Network network;
  private final DecoderShape shape;
  private final Crew crew;
  private final List<Layer> layers = new ArrayList<>();
  private final PackedMatrix head;
  private float[] finalNorm;
  private float[] finalNormBias;

  /** One layer; vectors that the model does not have are empty. */
  static final class Layer {
    final PackedMatrix queryKeyValue;
    final PackedMatrix output;

    /** Null if the feed-forward layer has no gate. */
    final PackedMatrix gate;

    final PackedMatrix up;
    final PackedMatrix down;
    float[] attentionNorm;
    float[] attentionNormBias;
    float[] queryKeyValueBias;
    float[] outputBias;
    float[] feedForwardNorm;
    float[] feedForwardNormBias;
    float[] gateAndUpBias;
    float[] downBias;
    float[] queryNorm;
    float[] keyNorm;
    float[] attentionPostNorm;
    float[] feedForwardPostNorm;

    private Layer(DecoderShape shape, WeightFormat format) {
      int attention = shape.heads() * shape.headDim();
      int keyValue = shape.keyValueHeads() * shape.headDim();
      queryKeyValue = PackedMatrix.zeros(format, attention + 2 * keyValue, shape.hidden());
      output = PackedMatrix.zeros(format, shape.hidden(), attention);
      gate = shape.gated() ? PackedMatrix.zeros(format, shape.feedForward(), shape.hidden()) : null;
      up = PackedMatrix.zeros(format, shape.feedForward(), shape.hidden());
      down = PackedMatrix.zeros(format, shape.hidden(), shape.feedForward());
    }
  }

  /**
   * Makes room for a model's weights and reads them.
   *
   * @param network the model's own
   * @param format to keep matrices in
   * @param crew packs them
   */
  VectorWeights(Network network, WeightFormat format, Crew crew) {
    this.network = network;
    this.crew = crew;
    this.shape = network.shape();
    for (int i = 0; i < shape.layers(); i++) {
      layers.add(new Layer(shape, format));
    }
    this.head = PackedMatrix.zeros(format, shape.vocabulary(), shape.hidden());
    read();
  }

  /** Reads all weights from the model. */
  void read() {
    List<Runnable> parts = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Network.Layer from = network.layer(i);
      Layer to = layers.get(i);
      readVectors(from, to);
      pack(from.queryKeyValue(), 0, to.queryKeyValue, parts);
      pack(from.output(), 0, to.output, parts);
      if (to.gate != null) {
        pack(from.up(), 0, to.gate, parts);
      }
      pack(from.up(), to.gate == null ? 0 : shape.feedForward(), to.up, parts);
      pack(from.down(), 0, to.down, parts);
    }
    finalNorm = vector(network.finalNorm());
    finalNormBias = vector(network.finalNormBias());
    pack(network.languageHead(), 0, head, parts);
    crew.run(
        job -> {
          for (int part = job.take(1); part < parts.size(); part = job.take(1)) {
            parts.get(part).run();
          }
        });
  }

  private static void readVectors(Network.Layer from, Layer to) {
    to.attentionNorm = vector(from.attentionNorm());
    to.attentionNormBias = vector(from.attentionNormBias());
    to.queryKeyValueBias = vector(from.queryKeyValueBias());
    to.outputBias = vector(from.outputBias());
    to.feedForwardNorm = vector(from.feedForwardNorm());
    to.feedForwardNormBias = vector(from.feedForwardNormBias());
    to.gateAndUpBias = vector(from.upBias());
    to.downBias = vector(from.downBias());
    to.queryNorm = vector(from.queryNorm());
    to.keyNorm = vector(from.keyNorm());
    to.attentionPostNorm = vector(from.attentionPostNorm());
    to.feedForwardPostNorm = vector(from.feedForwardPostNorm());
  }

  private static float[] vector(NDArray array) {
    float[] vector = new float[Math.toIntExact(array.size())];
    if (vector.length > 0) {
      read(array, 0, vector.length, numbers -> numbers.get(vector));
    }
    return vector;
  }

  /** Divides the packing of a model's matrix, from one of its rows on, into parts. */
  private static void pack(NDArray array, int firstRow, PackedMatrix matrix, List<Runnable> parts) {
    int panels = Math.max(1, BLOCK / (Lanes.PANEL * matrix.inputs()));
    for (int begin = 0; begin < matrix.panels(); begin += panels) {
      int from = begin;
      int end = Math.min(matrix.panels(), begin + panels);
      parts.add(() -> pack(array, firstRow, matrix, from, end));
    }
  }

  private static void pack(NDArray array, int firstRow, PackedMatrix matrix, int begin, int end) {
    int first = begin * Lanes.PANEL;
    int outputs = Math.min(matrix.outputs(), end * Lanes.PANEL) - first;
    float[] panel = new float[Lanes.PANEL * matrix.inputs()];
    read(
        array,
        (long) (firstRow + first) * matrix.inputs(),
        outputs * matrix.inputs(),
        numbers -> {
          for (int i = begin; i < end; i++) {
            numbers.get(panel, 0, Math.min(panel.length, numbers.remaining()));
            matrix.set(i, panel);
          }
        });
  }

  private static void read(NDArray array, long begin, int count, Consumer<FloatBuffer> reader) {
    try (NDManager scope = array.getManager().newSubManager()) {
      reader.accept(Tensors.floats(scope, array, begin, begin + count));
    }
  }

  /** Returns a layer, from 0. */
  Layer layer(int index) {
    return layers.get(index);
  }

  /** Returns the language head. */
  PackedMatrix head() {
    return head;
  }

  /** Returns the weight of the norm behind the last layer. */
  float[] finalNorm() {
    return finalNorm;
  }

  /** Returns the bias of the norm behind the last layer. */
  float[] finalNormBias() {
    return finalNormBias;
  }

  /** Returns about the bytes that matrices of a shape take. */
  static long bytes(DecoderShape shape, WeightFormat format) {
    long attention = (long) shape.heads() * shape.headDim();
    long keyValue = (long) shape.keyValueHeads() * shape.headDim();
    long feedForward = (shape.gated() ? 3L : 2L) * shape.feedForward();
    long layer = shape.hidden() * (2 * attention + 2 * keyValue + feedForward);
    long numbers = shape.layers() * layer + (long) shape.vocabulary() * shape.hidden();
    return switch (format) {
      case FLOAT32 -> numbers * Float.BYTES;
      case BFLOAT16 -> numbers * Short.BYTES;
      case INT8 -> numbers;
    };
  }

  /** Returns the bytes of all matrices: what one decode step reads. */
  long bytes() {
    long bytes = head.bytes();
    for (Layer layer : layers) {
      bytes += layer.queryKeyValue.bytes() + layer.output.bytes();
      bytes += layer.up.bytes() + layer.down.bytes();
      bytes += layer.gate == null ? 0 : layer.gate.bytes();
    }
    return bytes;
  }
}
